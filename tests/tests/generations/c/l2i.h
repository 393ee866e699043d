/* Layout L2 with what one branch of 2014 added: the variables as the kernel has them. */
#define TABLES 6
#include "l2.h"

struct estats_var_data {
	int num_tables;
	int *max_index;
	int length;
	struct estats_var var[];
};

SIZE(estats_var_data, 24);
AT(estats_var_data, max_index, 8);
AT(estats_var_data, length, 16);
AT(estats_var_data, var, 24);

#define HAS_VAR_DATA

struct estats_error *estats_get_mib(struct estats_var_data **, const struct estats_nl_client *);
struct estats_error *estats_nl_client_get_var_data(struct estats_var_data **, const struct estats_nl_client *);
