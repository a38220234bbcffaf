"""The actions of automations and dashboards; `services.py` registers them."""
