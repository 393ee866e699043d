/* A daemon that acknowledges what it is told about the program, takes one request, says so on stdout, and never answers: the test kills it. Arguments: socket path. */
#include "client.h"

#include <sys/un.h>

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char buffer[BUFFER], acknowledgement[36] = {0};
    int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    int client;

    CHECK(argc == 2 && strlen(argv[1]) < sizeof address.sun_path);
    strcpy(address.sun_path, argv[1]);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(listener, 8) == 0);
    puts("listening");
    fflush(stdout);
    client = accept(listener, NULL, NULL);
    CHECK(client >= 0 && recv(client, buffer, sizeof buffer, 0) >= 20 && buffer[16] == 73);
    memcpy(acknowledgement, (uint32_t[]){36, NLMSG_ERROR}, 8);
    memcpy(acknowledgement + 20, buffer, 16);
    CHECK(send(client, acknowledgement, sizeof acknowledgement, 0) == 36);
    CHECK(recv(client, buffer, sizeof buffer, 0) == 36);
    puts("asked");
    fflush(stdout);
    for (;;)
        pause();
}
