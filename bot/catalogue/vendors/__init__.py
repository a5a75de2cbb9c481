"""One file per vendor, one class per endpoint. A class put here is in the catalogue."""
