"""Finding the uploads of this process, without asking whoever holds them."""

import gc

from custom_components.latchstring.relay import Upload


def uploads() -> list[Upload]:
    """Give every upload that is still referred to. Looks at every object there is."""
    return [each for each in gc.get_objects() if type(each) is Upload]
