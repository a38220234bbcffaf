"""By Home Assistant's front door: flows, entities, actions and what they say."""
