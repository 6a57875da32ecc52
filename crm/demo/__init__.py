"""The demo: three invented shops, told through the same rules and tables as a real one."""
