"""Constants: the keys of config entries, options and subentries, and of issues."""

from typing import Final

DOMAIN: Final = "latchstring"

PROTOCOL_PAGE: Final = (
    "https://github.com/latchstring/latchstring"
    "/blob/main/custom_components/latchstring/core/protocol.md"
)
"""What an owner sends to an agency that has no hub yet."""

# A hub's config entry: data. Its unique id is the hub id, its title the hub's name as accepted.
CONF_ORIGIN: Final = "origin"
CONF_TYPED_HOST: Final = "typed_host"
CONF_IS_LOCAL: Final = "is_local"
CONF_DISCOVERY: Final = "discovery"
CONF_RECEIPT: Final = "receipt"
CONF_COUNTERSIGNATURE: Final = "countersignature"
CONF_SUCCESSION: Final = "succession"
CONF_HUB_SUCCESSIONS: Final = "hub_successions"
CONF_FORMER_PAIRINGS: Final = "former_pairings"
CONF_ACCEPTED_AT: Final = "accepted_at"
CONF_ACCEPTED_BY: Final = "accepted_by"

# A hub's config entry: options.
CONF_NOTIFY: Final = "notify"
CONF_PUSH_WORDS: Final = "push_words"
CONF_OPENERS: Final = "openers"
CONF_AUTOMATIONS_MAY_OPEN: Final = "automations_may_open"
CONF_SHARE_NOW_MINUTES: Final = "share_now_minutes"
CONF_KEEP_DAYS: Final = "keep_days"

# A share's subentry. Its unique id is the camera, its title the label.
SUBENTRY_SHARE: Final = "share"
CONF_CAMERA: Final = "camera"
CONF_CAMERA_ID: Final = "camera_id"
CONF_LABEL: Final = "label"
CONF_PLACE: Final = "place"
CONF_RADIUS_M: Final = "radius_m"
CONF_HEADING_DEG: Final = "heading_deg"
CONF_STAYS_CONNECTED: Final = "stays_connected"
CONF_VIDEO: Final = "video"
CONF_CODEC: Final = "codec"
CONF_WIDTH: Final = "width"
CONF_IMAGES: Final = "images"
"""Seconds between two images of a camera that gives nothing else."""
CONF_HEIGHT: Final = "height"

ISSUE_AGREEMENT_CHANGED: Final = "agreement_changed"
ISSUE_STORE_UNREADABLE: Final = "store_unreadable"
ISSUE_REQUEST: Final = "request"
ISSUE_RESTORED: Final = "restored"
ISSUE_CLOCK: Final = "clock_untrusted"
ISSUE_RECORD: Final = "record_unwritable"
ISSUE_KEYS_LOST: Final = "keys_lost"
ISSUE_KEYS_UNTOLD: Final = "keys_untold"
ISSUE_COSIGNATURE_LATE: Final = "cosignature_late"
ISSUE_OPENINGS_MIXED: Final = "openings_mixed"
ISSUE_CAMERAS_CHANGED: Final = "cameras_changed"
ISSUE_OWN_ENTITIES: Final = "own_entities"
ISSUE_UNHEARD: Final = "unheard"
ISSUE_NO_PICTURE: Final = "no_picture"
ISSUE_HUB_ELSEWHERE: Final = "hub_elsewhere"
ISSUE_HUB_FILLS: Final = "hub_fills"
ISSUE_CHECKPOINT_REFUSED: Final = "checkpoint_refused"
ISSUE_PHONES_UNTOLD: Final = "phones_untold"
ISSUE_PUSHES_USED_UP: Final = "pushes_used_up"
CONF_ENTRY_ID: Final = "entry_id"
CONF_REQUEST: Final = "request"

# A field of actions and WebSocket commands: one hub, by its config entry.
ATTR_HUB: Final = "hub"

# What a dialog asks first of when a camera may open; it is not stored, only what follows from it.
CONF_WHEN: Final = "when"
ONLY_WHEN: Final = "only_when"

# A share's rules, in its subentry.
CONF_OPENINGS: Final = "openings"
CONF_SCHEDULE: Final = "schedule"
CONF_ALARMS: Final = "alarms"
CONF_ALARM_MINUTES: Final = "alarm_minutes"
CONF_DISARM_ENDS: Final = "disarm_ends"
CONF_NEVER: Final = "never"
CONF_ENTITY: Final = "entity"
CONF_CLEAR: Final = "clear"
CONF_ALERTS_ANYWAY: Final = "alerts_anyway"
CONF_LIMITS: Final = "limits"
CONF_VIEWERS: Final = "viewers"
CONF_MINUTES: Final = "minutes"
CONF_SESSIONS_A_DAY: Final = "sessions_a_day"
CONF_CASE_REQUIRED: Final = "case_required"
CONF_PURPOSES: Final = "purposes"
