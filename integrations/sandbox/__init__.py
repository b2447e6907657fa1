"""Pretend systems on loopback that speak the vendors' own wire formats.

One process behaves as Odoo (`erp`), Jira with Service Management (`jira`), Confluence (`wiki`), the
APPUiO Control API (`panel`) and the VSHN portal (`portal`), each below a path of its name, so that the
real adapters run against it unchanged. Nothing here imports an adapter: a sandbox that shared code with
what it tests would agree with every mistake.
"""
