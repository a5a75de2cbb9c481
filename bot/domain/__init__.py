"""What every room talks about: jobs, ids, money and time. Pure; knows no library and no platform."""
