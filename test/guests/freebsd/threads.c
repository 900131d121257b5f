// threads: a program for FreeBSD's own libraries. A named thread, a thread-local variable, errno, and a library that comes and goes.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <pthread_np.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static __thread int own_count = 5;
static pthread_barrier_t barrier;

static void *work(void *name)
{
    pthread_set_name_np(pthread_self(), name);
    own_count += (int)strlen(name);
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void use_plugin(const char *path)
{
    void *plugin = dlopen(path, RTLD_NOW);
    if (plugin == NULL) {
        puts(dlerror());
        exit(1);
    }
    int (*answer)(int) = (int (*)(int))dlsym(plugin, "plugin_answer");
    printf("answer %d\n", answer(6));
    dlclose(plugin);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    char *text = strdup("heap");
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, work, "worker");
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    close(-1);
    printf("errno %d, %s\n", errno, text);
    use_plugin(argc > 1 ? argv[1] : "/app/plugin.so");
    free(text);
    return 0;
}
