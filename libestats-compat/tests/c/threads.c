/* Threads that share one client, each reading its own connection; and one that lists and changes the mask meanwhile. */
#include <pthread.h>

#include <estats/estats.h>

#define THREADS 8
#define ROUNDS 200

static struct estats_nl_client *client;

static void stop(estats_error *err)
{
	if (err) {
		estats_error_print(stderr, err);
		exit(1);
	}
}

/* The daemon gives SegsOut the value of the cid, so an answer that went to another thread shows. */
static void *reader(void *argument)
{
	int cid = *(int *)argument;
	struct estats_val_data *data;
	int i;

	stop(estats_val_data_new(&data));
	for (i = 0; i < ROUNDS; i++) {
		stop(estats_read_vars(data, cid, client));
		if (data->tuple.cid != cid || data->val[SEGSOUT].uv32 != (uint32_t)cid) {
			fprintf(stderr, "asked for %d, got %d with %u\n", cid, data->tuple.cid, data->val[SEGSOUT].uv32);
			exit(1);
		}
	}
	estats_val_data_free(&data);
	return NULL;
}

static void *lister(void *unused)
{
	struct estats_mask mask = { .masks = { 1 }, .if_mask = { 0 } };
	struct estats_connection_list *list;
	struct estats_connection *i;
	int round, count;

	(void)unused;
	stop(estats_connection_list_new(&list));
	for (round = 0; round < ROUNDS; round++) {
		mask.if_mask[PERF_TABLE] = round % 2;
		stop(estats_nl_client_set_mask(client, &mask));
		stop(estats_list_conns(list, client));
		count = 0;
		estats_list_for_each(&list->connection_head, i, list)
			count++;
		if (count != THREADS) {
			fprintf(stderr, "%d connections\n", count);
			exit(1);
		}
	}
	estats_connection_list_free(&list);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS + 1];
	int cids[THREADS];
	int i;

	stop(estats_nl_client_init(&client));
	for (i = 0; i < THREADS; i++) {
		cids[i] = i + 1;
		pthread_create(&threads[i], NULL, reader, &cids[i]);
	}
	pthread_create(&threads[THREADS], NULL, lister, NULL);
	for (i = 0; i <= THREADS; i++)
		pthread_join(threads[i], NULL);
	estats_nl_client_destroy(&client);
	return 0;
}
