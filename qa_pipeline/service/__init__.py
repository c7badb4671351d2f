"""Which speech service is used, with which key and at whose cost; and the process of the local one."""
