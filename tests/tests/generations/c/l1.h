/* Layout L1: addresses of 17 bytes, the last of which is the type; the list node is behind. */
#include "client_api.h"

#define TABLES 5

struct estats_mask {
	uint64_t masks[TABLES];
	int if_mask[TABLES];
};

struct estats_connection_tuple {
	uint8_t rem_addr[17];
	uint8_t local_addr[17];
	uint16_t rem_port;
	uint16_t local_port;
	int cid;
};

struct estats_connection_tuple_ascii {
	char rem_addr[46];
	char local_addr[46];
	char rem_port[6];
	char local_port[6];
	char cid[11];
};

struct estats_val_data {
	struct estats_connection_tuple tuple;
	struct estats_timeval tv;
	int length;
	struct estats_val val[];
};

struct estats_connection {
	uint8_t rem_addr[17];
	uint8_t local_addr[17];
	uint16_t rem_port;
	uint16_t local_port;
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
	int addrtype;
	struct list_node list;
};

SIZE(estats_mask, 64);
AT(estats_mask, if_mask, 40);
SIZE(estats_connection_tuple, 44);
AT(estats_connection_tuple, local_addr, 17);
AT(estats_connection_tuple, rem_port, 34);
AT(estats_connection_tuple, local_port, 36);
AT(estats_connection_tuple, cid, 40);
SIZE(estats_connection_tuple_ascii, 115);
AT(estats_connection_tuple_ascii, local_addr, 46);
AT(estats_connection_tuple_ascii, rem_port, 92);
AT(estats_connection_tuple_ascii, local_port, 98);
AT(estats_connection_tuple_ascii, cid, 104);
SIZE(estats_val_data, 56);
AT(estats_val_data, tv, 44);
AT(estats_val_data, length, 52);
AT(estats_val_data, val, 56);
SIZE(estats_connection, 64);
AT(estats_connection, cid, 40);
AT(estats_connection, list, 48);
SIZE(estats_connection_info, 112);
AT(estats_connection_info, cmdline, 44);
AT(estats_connection_info, pid, 60);
AT(estats_connection_info, uid, 64);
AT(estats_connection_info, ino, 72);
AT(estats_connection_info, state, 80);
AT(estats_connection_info, cid, 84);
AT(estats_connection_info, addrtype, 88);
AT(estats_connection_info, list, 96);
