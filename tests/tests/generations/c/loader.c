/* A program that loads another one, with the library that it needs, for itself alone. Arguments: the other one, and its arguments. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*start)(int, char **) = plugin ? (int (*)(int, char **))dlsym(plugin, "main") : NULL;

    if (!start) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    return start(argc - 1, argv + 1);
}
