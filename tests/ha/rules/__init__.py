"""The owner's rules, in a house whose time passes when a test lets it.

Connections and video go on by the machine's clock; what Home Assistant waits for goes by the house's.
"""
