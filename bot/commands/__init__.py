"""One table of verbs, whoever asks: words, commands, buttons and menus."""
