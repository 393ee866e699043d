/* Layout L3: the list node is in front. */
#include "client_api.h"
#include "tuple_16.h"

#define TABLES 6

struct estats_mask {
	uint64_t masks[TABLES];
	int if_mask[TABLES];
};

struct estats_connection {
	struct list_node list;
	uint8_t rem_addr[16];
	uint8_t local_addr[16];
	uint16_t rem_port;
	uint16_t local_port;
	uint8_t addr_type;
	int cid;
};

struct estats_connection_info {
	struct list_node list;
	struct estats_connection_tuple tuple;
	char cmdline[16];
	pid_t pid;
	uid_t uid;
	ino_t ino;
	int state;
	int cid;
};

SIZE(estats_mask, 72);
AT(estats_mask, if_mask, 48);
SIZE(estats_connection, 64);
AT(estats_connection, list, 0);
AT(estats_connection, rem_addr, 16);
AT(estats_connection, cid, 56);
SIZE(estats_connection_info, 104);
AT(estats_connection_info, list, 0);
AT(estats_connection_info, tuple, 16);
AT(estats_connection_info, cmdline, 60);
AT(estats_connection_info, pid, 76);
AT(estats_connection_info, uid, 80);
AT(estats_connection_info, ino, 88);
AT(estats_connection_info, state, 96);
AT(estats_connection_info, cid, 100);
