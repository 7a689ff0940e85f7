"""The live component: a stage, charts and a toolbar that follow a run over a socket of their own."""
