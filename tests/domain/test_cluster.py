"""Processes share the shards out among them."""

from __future__ import annotations

import pytest

from bot.domain.cluster import Cluster


@pytest.mark.parametrize("total", [1, 2, 3, 7, 16, 100])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_every_shard_has_one_process(total: int, count: int) -> None:
    """None is served twice, none is left out, and the shares differ by one at most."""
    shares = [Cluster(index, count).shards(total) for index in range(1, count + 1)]

    assert sorted(shard for share in shares for shard in share) == list(range(total))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_cluster_is_written_as_one_of_so_many() -> None:
    """Blanks around the numbers do not matter."""
    assert Cluster.parse("2 / 3") == Cluster(2, 3)


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "a/b", "1/0", "-1/3", "1/3/5"])
def test_anything_else_is_not_understood(text: str) -> None:
    """Above all a number beyond the count, which would serve nothing."""
    with pytest.raises(ValueError, match=text or "^$"):
        Cluster.parse(text)
