"""`firstline evaluate` and `firstline bench`: figures that anyone can measure again."""
