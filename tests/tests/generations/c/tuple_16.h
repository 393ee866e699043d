/* What layouts L2 and L3 share: addresses of 16 bytes, the type beside them. */
struct estats_connection_tuple {
	uint8_t rem_addr[16];
	uint8_t local_addr[16];
	uint16_t rem_port;
	uint16_t local_port;
	uint8_t addr_type;
	int cid;
};

struct estats_connection_tuple_ascii {
	char rem_addr[46];
	char local_addr[46];
	char rem_port[6];
	char local_port[6];
	char addr_type[5];
	char cid[11];
};

struct estats_val_data {
	struct estats_connection_tuple tuple;
	struct estats_timeval tv;
	void *var_data;
	int length;
	struct estats_val val[];
};

SIZE(estats_connection_tuple, 44);
AT(estats_connection_tuple, local_addr, 16);
AT(estats_connection_tuple, rem_port, 32);
AT(estats_connection_tuple, local_port, 34);
AT(estats_connection_tuple, addr_type, 36);
AT(estats_connection_tuple, cid, 40);
SIZE(estats_connection_tuple_ascii, 120);
AT(estats_connection_tuple_ascii, local_addr, 46);
AT(estats_connection_tuple_ascii, rem_port, 92);
AT(estats_connection_tuple_ascii, local_port, 98);
AT(estats_connection_tuple_ascii, addr_type, 104);
AT(estats_connection_tuple_ascii, cid, 109);
SIZE(estats_val_data, 72);
AT(estats_val_data, tv, 44);
AT(estats_val_data, var_data, 56);
AT(estats_val_data, length, 64);
AT(estats_val_data, val, 72);
