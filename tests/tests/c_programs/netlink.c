/*
 * Speaks generic netlink to the family tcp_estats with the kernel's headers alone, and knows nothing of estatsd. Finds the
 * connection with the given local port and prints its values, one "TABLE INDEX VALUE" a line.
 *
 *     netlink PORT
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIST_CONNS = 0, READ_VARS = 2 };
enum { TUPLE = 14, LOCAL_PORT = 4, CID = 6, LAST_TABLE = 6 };

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attributes[64];
};

typedef void handler(struct genlmsghdr *genl, int length, void *context);

static void *payload(struct nlattr *attribute)
{
	return (char *)attribute + NLA_HDRLEN;
}

static struct nlattr *next(struct nlattr *attribute, int *length)
{
	*length -= NLA_ALIGN(attribute->nla_len);
	return (struct nlattr *)((char *)attribute + NLA_ALIGN(attribute->nla_len));
}

static int complete(struct nlattr *attribute, int length)
{
	return length >= NLA_HDRLEN && attribute->nla_len >= NLA_HDRLEN && attribute->nla_len <= length;
}

/* Sends a request with one attribute and hands every data message to `handle`. Returns the error number of the ACK. */
static int ask(int fd, int type, int command, int kind, const void *value, int length, handler *handle, void *context)
{
	static uint32_t sequence;
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct message request = {
		.nl = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = ++sequence},
		.genl = {.cmd = command, .version = 1},
	};
	struct nlattr *attribute = (struct nlattr *)request.attributes;
	char buffer[8192];

	attribute->nla_type = kind;
	attribute->nla_len = NLA_HDRLEN + length;
	memcpy(payload(attribute), value, length);
	request.nl.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + NLA_ALIGN(attribute->nla_len);
	if (sendto(fd, &request, request.nl.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
		return errno;
	for (;;) {
		struct nlmsghdr *nl = (struct nlmsghdr *)buffer;
		ssize_t received = recv(fd, buffer, sizeof buffer, 0);

		if (received <= 0)
			return received ? errno : EPIPE;
		for (; NLMSG_OK(nl, received); nl = NLMSG_NEXT(nl, received)) {
			if (nl->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(nl))->error;
			handle(NLMSG_DATA(nl), nl->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, context);
		}
	}
}

static void take_family(struct genlmsghdr *genl, int length, void *family)
{
	struct nlattr *attribute = (struct nlattr *)(genl + 1);

	for (; complete(attribute, length); attribute = next(attribute, &length))
		if (attribute->nla_type == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)family = *(uint16_t *)payload(attribute);
}

struct search {
	uint16_t port;
	uint32_t last, found;
};

static void take_connection(struct genlmsghdr *genl, int length, void *context)
{
	struct nlattr *nest = (struct nlattr *)(genl + 1), *member = payload(nest);
	struct search *search = context;
	uint16_t port = 0;

	if (!complete(nest, length) || (nest->nla_type & NLA_TYPE_MASK) != TUPLE)
		exit(3);
	length = nest->nla_len - NLA_HDRLEN;
	for (; complete(member, length); member = next(member, &length)) {
		if (member->nla_type == LOCAL_PORT)
			memcpy(&port, payload(member), sizeof port);
		if (member->nla_type == CID)
			memcpy(&search->last, payload(member), sizeof search->last);
	}
	if (port == search->port)
		search->found = search->last;
}

static void print_values(struct genlmsghdr *genl, int length, void *context)
{
	struct nlattr *nest = (struct nlattr *)(genl + 1);

	(void)context;
	for (; complete(nest, length); nest = next(nest, &length)) {
		int table = nest->nla_type & NLA_TYPE_MASK, rest = nest->nla_len - NLA_HDRLEN;
		struct nlattr *value = payload(nest);

		if (table < 1 || table > LAST_TABLE)
			continue;
		for (; complete(value, rest); value = next(value, &rest)) {
			unsigned long long number = 0;

			/* Little-endian: the short ones fill the low bytes. */
			memcpy(&number, payload(value), value->nla_len - NLA_HDRLEN);
			printf("%d %d %llu\n", table, value->nla_type & NLA_TYPE_MASK, number);
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK};
	int error, fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	struct search search = {0};
	uint32_t start = 0;
	uint16_t family = 0;
	struct {
		struct nlattr header;
		uint32_t cid;
	} member = {.header = {.nla_len = 8, .nla_type = CID}};

	if (argc != 2 || fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof local))
		return 2;
	search.port = atoi(argv[1]);
	error = ask(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, "tcp_estats", 11, take_family, &family);
	if (error || !family) {
		fprintf(stderr, "no family: %s\n", strerror(error));
		return 1;
	}
	do {
		start = member.cid = search.last ? search.last + 1 : 0;
		error = ask(fd, family, LIST_CONNS, TUPLE | NLA_F_NESTED, &member, sizeof member, take_connection, &search);
	} while (!error && search.last >= start && search.last);
	if (error || !search.found) {
		fprintf(stderr, "no connection: %s\n", strerror(error));
		return 1;
	}
	member.cid = search.found;
	error = ask(fd, family, READ_VARS, TUPLE | NLA_F_NESTED, &member, sizeof member, print_values, NULL);
	if (error)
		fprintf(stderr, "no values: %s\n", strerror(error));
	close(fd);
	return error ? 1 : 0;
}
