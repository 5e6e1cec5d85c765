"""Records and states become sentences; nothing here touches a device or a clock."""
