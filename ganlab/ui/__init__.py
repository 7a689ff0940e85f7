"""What a browser shows: texts in two languages, figures, widgets and the live component."""
