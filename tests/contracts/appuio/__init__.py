"""The APPUiO Control API: a Kubernetes API, its bodies by JSON Schema, its paths and verbs by hand."""
