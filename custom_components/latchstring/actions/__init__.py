"""The actions of automations and dashboards, one file each; `services.py` registers them."""
