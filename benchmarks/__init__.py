"""What Minstrel costs, measured against something simpler in the same run."""
