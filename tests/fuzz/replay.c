/* Runs a fuzz target over every file of a folder: corpora are ordinary tests. A crash fails it; a
 * folder without files fails it too, so that a lost corpus is seen. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    static uint8_t bytes[16 * 1024 * 1024];
    size_t size = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    uint8_t *exact = malloc(size ? size : 1); /* its own block, so that ASan sees an overrun */
    for (size_t i = 0; i < size; i++)
        exact[i] = bytes[i];
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

int main(int argc, char **argv)
{
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    int count = 0;
    for (struct dirent *e; folder && (e = readdir(folder));)
        if (e->d_name[0] != '.')
            count += replay_file(argv[1], e->d_name);
    if (folder)
        (void)closedir(folder);
    printf("%d inputs replayed\n", count);
    return count ? 0 : 1;
}
