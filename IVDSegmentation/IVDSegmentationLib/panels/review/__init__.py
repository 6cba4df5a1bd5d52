"""The tab Review: ``tab`` shows it, ``actions`` corrects, ``click_modes`` says what a click into a view does."""
