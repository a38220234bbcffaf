"""What the verifier says of a record that nobody has touched, and to whom it listens."""

from pathlib import Path

from .making import COSIGNED, House
from .running import verify


def test_an_untouched_record_is_verified_as_far_as_hubs_have_seen_it(
    house: House, exported: Path
) -> None:
    for what in (exported, house.file):
        said = verify(what, *house.hub_keys)
        assert said.findings() == []
        for log, sizes in COSIGNED.items():
            assert said.log(log)["status"] == "verified"
            assert said.log(log)["confirmed"]["entries"] == sizes[-1]
        assert said.log("city")["unconfirmed"] == 40
        assert said.log("county")["unconfirmed"] == 0
