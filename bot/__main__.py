"""`python -m bot` is `firstline`."""

from bot.commands import main

main()
