/* Layout L2: the list node is behind. TABLES is 5 for the library of 2013, 6 for those of 2014. */
#include "client_api.h"
#include "tuple_16.h"

#ifndef TABLES
#define TABLES 5
#endif

struct estats_mask {
	uint64_t masks[TABLES];
	int if_mask[TABLES];
};

struct estats_connection {
	uint8_t rem_addr[16];
	uint8_t local_addr[16];
	uint16_t rem_port;
	uint16_t local_port;
	uint8_t addr_type;
	int cid;
	struct list_node list;
};

struct estats_connection_info {
	struct estats_connection_tuple tuple;
	char cmdline[16];
	pid_t pid;
	uid_t uid;
	ino_t ino;
	int state;
	int cid;
	struct list_node list;
};

#if TABLES == 5
SIZE(estats_mask, 64);
AT(estats_mask, if_mask, 40);
#else
SIZE(estats_mask, 72);
AT(estats_mask, if_mask, 48);
#endif
SIZE(estats_connection, 64);
AT(estats_connection, rem_addr, 0);
AT(estats_connection, cid, 40);
AT(estats_connection, list, 48);
SIZE(estats_connection_info, 104);
AT(estats_connection_info, tuple, 0);
AT(estats_connection_info, cmdline, 44);
AT(estats_connection_info, pid, 60);
AT(estats_connection_info, uid, 64);
AT(estats_connection_info, ino, 72);
AT(estats_connection_info, state, 80);
AT(estats_connection_info, cid, 84);
AT(estats_connection_info, list, 88);
