"""Which shards a process serves, where several share the servers between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Cluster:
    """One process of several: number `index` of `count`, counted from 1."""

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cluster as it is set, such as ``1/3``.

        Raises:
            ValueError: It is not written like that.
        """
        index, slash, count = text.partition("/")
        if not slash or not index.strip().isdecimal() or not count.strip().isdecimal():
            raise ValueError(text)
        found = cls(int(index), int(count))
        if not 1 <= found.index <= found.count:
            raise ValueError(text)
        return found

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def shards(self, total: int) -> range:
        """Give the numbers of the shards that are this process's, of `total` from 0.

        Together the processes have each of them once; the first ones have one more where the
        number does not divide.
        """
        each, more = divmod(total, self.count)
        first = (self.index - 1) * each + min(self.index - 1, more)
        return range(first, first + each + (self.index <= more))
