import json
from typing import Any

from jwt.exceptions import InvalidKeyError
import pytest

from custom_components.latchstring.core.signatures.jose import jwk, thumbprint
from custom_components.latchstring.hub.keys import HubKeys


def test_keys_survive_the_storage_of_a_config_entry() -> None:
    keys = HubKeys.generate()
    read = HubKeys.from_data(json.loads(json.dumps(keys.to_data())))
    assert read.to_data() == keys.to_data()
    assert read.home_id == keys.home_id == thumbprint(keys.dial_in.public_key())


def test_no_key_serves_two_purposes_or_two_hubs() -> None:
    made = [HubKeys.generate() for _ in range(2)]
    assert (
        len(
            {
                thumbprint(key.public_key())
                for each in made
                for key in (each.dial_in, each.log)
            }
        )
        == 4
    )


def test_keys_do_not_show_when_printed() -> None:
    keys = HubKeys.generate()
    assert repr(keys) == "HubKeys()"


def _other(**changes: str) -> dict[str, Any]:
    return {**HubKeys.generate().to_data()["log"], **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        jwk(HubKeys.generate().log.public_key()),
        _other(x=HubKeys.generate().to_data()["log"]["x"]),
        _other(crv="Ed448"),
        _other(kty="EC"),
        _other(d="AA"),
        {},
    ],
)
def test_what_is_no_private_key_is_not_read_as_one(wrong: dict[str, Any]) -> None:
    data = {**HubKeys.generate().to_data(), "dial_in": wrong}
    with pytest.raises(InvalidKeyError):
        HubKeys.from_data(data)
