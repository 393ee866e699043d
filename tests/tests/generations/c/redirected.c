/* What the originals did below their interface: the system calls of libmnl, the messages of one generation of the protocol, and a table of
 * variables that says what stands at which index. Arguments: the ports of an IPv4 connection, local and remote, which together tell it
 * from those of other network namespaces. Prints each variable of the connection as the table has
 * it, `-` where there is no value.
 *
 * TABLE is the name of the table, VARIABLES their number, SIZES how many are in each of the tables PERF to EXTRAS. ASKED_MASK,
 * TUPLE, CID, ADDRESS and TIME are the numbers of the protocol (TIME 0: none), PAGED whether lists are asked for page by page, and
 * OWN_TUPLE whether values come with the connection that they are of. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct var { const char *name; int valtype, type; };
extern struct var TABLE[VARIABLES];

#define FAIL(...) do { fprintf(stderr, __VA_ARGS__); exit(1); } while (0)

static const int sizes[] = {SIZES};
static const struct { const char *name; unsigned size; } widths[] = {{"u64", 8}, {"u32", 4}, {"s32", 4}, {"u16", 2}, {"u8", 1}};
static uint64_t values[VARIABLES];
static int present[VARIABLES], wanted_local, wanted_remote, cid, entries, times, own_tuples, sock;
static unsigned portid, sequence;
static uint16_t family;

struct attr { uint16_t length, type; char data[]; };
#define ALIGN(n) (((n) + 3) & ~3U)
#define EACH(a, start, size) \
    (const struct attr *a = (const void *)(start); (const char *)a + 4 <= (start) + (size) && a->length >= 4 && \
     (const char *)a + a->length <= (start) + (size); a = (const void *)((const char *)a + ALIGN(a->length)))
#define TYPE(a) ((a)->type & 0x3fff)

/* A complete 4-tuple: the members of this generation, and no others. */
static void tuple(const struct attr *nest, int list)
{
    uint16_t local = 0, remote = 0;
    int id = 0, members = 0, kind = 0;

    for EACH(a, nest->data, (unsigned)nest->length - 4) {
        members |= 1 << TYPE(a);
        if (TYPE(a) == 1 || TYPE(a) == 3) {
            if (a->length != 4 + ADDRESS)
                FAIL("an address of %d octets\n", a->length - 4);
            if (ADDRESS == 17)
                kind = a->data[16];
        } else if (TYPE(a) == 2) {
            memcpy(&remote, a->data, 2);
        } else if (TYPE(a) == 4) {
            memcpy(&local, a->data, 2);
        } else if (TYPE(a) == CID) {
            memcpy(&id, a->data, 4);
        } else if (TYPE(a) == 5) {
            kind = a->data[0];
        }
    }
    if (members != (1 << (CID + 1)) - 2)
        FAIL("members %x\n", members);
    if (kind != 1 && kind != 2)
        FAIL("address type %d\n", kind);
    int is_wanted = kind == 1 && local == wanted_local && remote == wanted_remote;
    if (list && is_wanted)
        cid = id;
    if (!list && (id != cid || !is_wanted))
        FAIL("values of connection %d\n", id);
    if (list)
        sequence = id;
}

static void table(const struct attr *nest)
{
    int first = 0, table = TYPE(nest) - 1, index = -1;

    for (int t = 0; t < table; t++)
        first += sizes[t];
    for EACH(a, nest->data, (unsigned)nest->length - 4) {
        if (TYPE(a) <= index || TYPE(a) >= sizes[table])
            FAIL("table %d: index %d after %d\n", table, TYPE(a), index);
        index = TYPE(a);
        const struct var *var = &TABLE[first + index];
        unsigned size = widths[var->valtype].size;
        if (a->length != 4 + size)
            FAIL("%s has %d octets\n", var->name, a->length - 4);
        present[first + index] = 1;
        memcpy(&values[first + index], a->data, size);
    }
}

static void receive(void)
{
    for (;;) {
        char buffer[4096];
        struct sockaddr_nl from;
        struct iovec part = {buffer, sizeof buffer};
        struct msghdr message = {&from, sizeof from, &part, 1, NULL, 0, 0};
        ssize_t length = recvmsg(sock, &message, 0);

        if (length <= 0 || message.msg_namelen != sizeof from || message.msg_flags & MSG_TRUNC)
            FAIL("received %zd\n", length);
        for (const struct nlmsghdr *h = (const void *)buffer; NLMSG_OK(h, length); h = NLMSG_NEXT(h, length)) {
            if (h->nlmsg_pid != 0 && h->nlmsg_pid != portid)
                FAIL("for port %u\n", h->nlmsg_pid);
            /* Other clients of the kernel, like iproute2's, believe nothing that is not for their own port. */
            if (h->nlmsg_type == 16 && (h->nlmsg_pid != portid || h->nlmsg_seq != 7))
                FAIL("the family is for port %u\n", h->nlmsg_pid);
            if (h->nlmsg_type == NLMSG_ERROR) {
                int error = *(const int *)NLMSG_DATA(h);
                if (error)
                    FAIL("error %d\n", error);
                if (h->nlmsg_pid != portid)
                    FAIL("acknowledged to port %u\n", h->nlmsg_pid);
                return;
            }
            const char *attributes = (const char *)h + 20;
            unsigned size = h->nlmsg_len - 20;
            int command = ((const struct genlmsghdr *)NLMSG_DATA(h))->cmd;
            for EACH(a, attributes, size) {
                if (h->nlmsg_type == 16) {
                    if (TYPE(a) == 1)
                        memcpy(&family, a->data, 2);
                } else if (TYPE(a) == TUPLE) {
                    own_tuples += command == 2;
                    entries += command == 0;
                    tuple(a, command == 0);
                } else if (TIME && TYPE(a) == TIME) {
                    times++;
                } else if (command == 2 && TYPE(a) >= 1 && (unsigned)TYPE(a) <= sizeof sizes / sizeof *sizes) {
                    table(a);
                } else {
                    FAIL("attribute %d\n", TYPE(a));
                }
            }
        }
    }
}

static void ask(uint16_t type, uint8_t command, const void *attributes, unsigned size)
{
    struct { struct nlmsghdr nl; struct genlmsghdr genl; char data[64]; } request = {
        {20 + size, type, NLM_F_REQUEST | NLM_F_ACK, 7, 0}, {command, 0, 0}, {0}};
    struct sockaddr_nl kernel = {AF_NETLINK, 0, 0, 0};

    if (size)
        memcpy(request.data, attributes, size);
    if (sendto(sock, &request, 20 + size, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
        FAIL("cannot send\n");
    receive();
}

int main(int argc, char **argv)
{
    struct sockaddr_nl own = {AF_NETLINK, 0, 0, 0};
    socklen_t length = sizeof own;

    if (argc != 3)
        FAIL("arguments\n");
    wanted_local = atoi(argv[1]);
    wanted_remote = atoi(argv[2]);
    sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
    if (sock < 0 || bind(sock, (struct sockaddr *)&own, sizeof own) || getsockname(sock, (struct sockaddr *)&own, &length))
        FAIL("no socket\n");
    portid = own.nl_pid;
    ask(16, 3, "\x0f\0\x02\0tcp_estats\0", 16);
    if (PAGED) {
        int before;
        do {
            struct { uint16_t nest[2], head[2]; uint32_t from; } page = {{12, TUPLE | 0x8000}, {8, CID}, sequence + 1};
            before = entries;
            ask(family, 0, &page, sizeof page);
        } while (entries > before);
    } else {
        ask(family, 0, NULL, 0);
    }
    if (!cid)
        FAIL("%d connections, none of them with port %d\n", entries, wanted_local);
    struct { uint16_t nest[2], head[2]; uint32_t id; uint16_t mask[2]; } one = {
        {12, TUPLE | 0x8000}, {8, CID}, cid, {4, ASKED_MASK | 0x8000}};
    ask(family, 2, &one, sizeof one);
    if (times != (TIME != 0) || own_tuples != OWN_TUPLE)
        FAIL("%d times, %d connections\n", times, own_tuples);
    for (int i = 0; i < VARIABLES; i++) {
        const struct var *var = &TABLE[i];
        printf("%s %s %d ", var->name, widths[var->valtype].name, var->type);
        if (!present[i])
            puts("-");
        else if (var->valtype == 2)
            printf("%d\n", (int32_t)values[i]);
        else
            printf("%llu\n", (unsigned long long)values[i]);
    }
    return 0;
}
