/*
 * One client through the end of its daemon: reads once, prints the error when the daemon goes away in the middle, and reads
 * again. Prints the socket's state as get_sock shows it.
 */
#include <sys/stat.h>

#include <estats/estats.h>

/* How libmnl's object starts; mnl_socket_get_fd() reads it. */
struct mnl_socket {
	int fd;
};

static void show(struct estats_nl_client *client)
{
	struct mnl_socket *sock;
	struct stat status;
	int id;

	if (estats_nl_client_get_sock(&sock, client) || estats_nl_client_get_fam_id(&id, client))
		printf("not even asked\n");
	else if (!sock)
		printf("not connected, family %d\n", id);
	else
		printf("%s, family %d\n", fstat(sock->fd, &status) == 0 && S_ISSOCK(status.st_mode) ? "socket" : "no socket", id);
}

static void read_once(struct estats_nl_client *client)
{
	struct estats_val_data *data;
	estats_error *err;

	estats_val_data_new(&data);
	err = estats_read_vars(data, 1, client);
	if (err) {
		estats_error_print(stdout, err);
		estats_error_free(&err);
	} else {
		printf("SegsOut %u\n", data->val[SEGSOUT].uv32);
	}
	estats_val_data_free(&data);
	show(client);
}

int main(void)
{
	struct estats_nl_client *client;
	estats_error *err = estats_nl_client_init(&client);

	estats_error_print(stdout, err);
	estats_error_free(&err);
	show(client);
	read_once(client);
	read_once(client);
	read_once(client);
	estats_nl_client_destroy(&client);
	return 0;
}
