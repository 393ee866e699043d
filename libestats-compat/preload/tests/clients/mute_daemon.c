/* A daemon that takes one request, says so on stdout, and never answers: the test kills it. Arguments: socket path. */
#include "client.h"

#include <sys/un.h>

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char buffer[BUFFER];
    int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    int client;

    CHECK(argc == 2 && strlen(argv[1]) < sizeof address.sun_path);
    strcpy(address.sun_path, argv[1]);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(listener, 8) == 0);
    puts("listening");
    fflush(stdout);
    client = accept(listener, NULL, NULL);
    CHECK(client >= 0 && recv(client, buffer, sizeof buffer, 0) == 36);
    puts("asked");
    fflush(stdout);
    for (;;)
        pause();
}
