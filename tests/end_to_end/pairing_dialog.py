"""The pairing dialog in Home Assistant's own page, by mouse and keyboard."""

from typing import Final

from .owners_page import OwnersPage, button

LINK: Final = "deep('input[type=url]')[0]"
DIALOG: Final = "deepText('step-flow-form')"


async def read_agreement(owner: OwnersPage, house: str, link: str) -> str:
    """Paste an invitation into a new dialog; give what the step that asks for acceptance shows."""
    await owner.go(f"{house}/config/integrations/dashboard/add?domain=latchstring")
    await owner.open_by(button("OK"), f"Boolean({LINK})")
    await owner.write(LINK, link)
    await owner.page.press(button("Next"))
    await owner.until(f"{DIALOG}.includes('I accept')")
    shown: str = await owner.page.evaluate(DIALOG)
    return shown
