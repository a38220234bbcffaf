"""Checks an export of the record, or the record's file, with no Home Assistant.

    python custom_components/latchstring/verifier EXPORT [anchors]

It needs Python 3.11 or newer and `cryptography`, and reads what export.md beside it describes. It is independent on
purpose: it shares no code with what wrote the record, so one fault can't be made and overlooked at the same time.
"""
