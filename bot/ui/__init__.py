"""Everything a person reads or presses."""
