/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-sysfs.c: a host whose every attribute may hold anything.  The input
 * is cut into one piece for each file at NUL; a snapshot, a lookup and a list
 * come to an end, with an answer or an error.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-host-priv.h"
#include "fuzz.h"

#define UUID   "62177883-f1bb-47f0-914d-32a22e3a8804"
#define NAME   "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define MATRIX "sys/devices/vfio_ap/matrix"
#define TYPE   MATRIX "/mdev_supported_types/vfio_ap-passthrough"

static const char *const dirs[] = {
    "sys",
    "sys/bus",
    "sys/bus/ap",
    "sys/devices",
    "sys/devices/vfio_ap",
    MATRIX,
    MATRIX "/mdev_supported_types",
    TYPE,
    MATRIX "/" UUID,
};

static const char *const files[] = {
    "sys/bus/ap/apmask",
    "sys/bus/ap/aqmask",
    "sys/bus/ap/ap_max_adapter_id",
    "sys/bus/ap/ap_max_domain_id",
    MATRIX "/features",
    TYPE "/available_instances",
    TYPE "/name",
    TYPE "/device_api",
    MATRIX "/" UUID "/ap_config",
    MATRIX "/" UUID "/matrix",
    MATRIX "/" UUID "/control_domains",
};

/* In memory where that is possible: a disk makes a run last half a minute. */
#define ROOT_NAME "/fuzz-ap-sysfs-XXXXXX"
static char root[sizeof("/dev/shm" ROOT_NAME)];

static void
remove_root(void)
{
    FUZZ_CHECK(chdir(root) == 0);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        (void)unlink(files[i]);
    for (gsize i = G_N_ELEMENTS(dirs); i > 0; i--)
        FUZZ_CHECK(rmdir(dirs[i - 1]) == 0);
    FUZZ_CHECK(rmdir(root) == 0);
}

static ApHost *
get_host(void)
{
    static ApHost *host;
    int fd;

    if (host)
        return host;
    strcpy(root, access("/dev/shm", W_OK) == 0 ? "/dev/shm" ROOT_NAME : "/tmp" ROOT_NAME);
    FUZZ_CHECK(mkdtemp(root));
    fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    FUZZ_CHECK(fd >= 0);
    for (gsize i = 0; i < G_N_ELEMENTS(dirs); i++)
        FUZZ_CHECK(mkdirat(fd, dirs[i], 0755) == 0);
    close(fd);
    host = ap_host_new(root, NULL);
    FUZZ_CHECK(host);
    atexit(remove_root);
    return host;
}

/* A file that the input has nothing for does not exist. */
static void
write_files(int fd, const uint8_t *data, size_t size)
{
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        const uint8_t *end = memchr(data, 0, size);
        size_t len = end ? (size_t)(end - data) : size;
        int file;

        if (size == 0) {
            (void)unlinkat(fd, files[i], 0);
            continue;
        }
        file = openat(fd, files[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        FUZZ_CHECK(file >= 0 && write(file, data, len) == (ssize_t)len);
        close(file);
        data += end ? len + 1 : len;
        size -= end ? len + 1 : len;
    }
}

static void
check_lookup(ApHost *host, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = ap_host_lookup(host, name, &error);

    FUZZ_CHECK((device == NULL) == (error != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ApHost *host = get_host();
    g_autoptr(ApSnapshot) snapshot = NULL;
    g_autoptr(GError) error = NULL;

    write_files(host->root, data, size);
    snapshot = ap_host_take_snapshot(host, &error);
    FUZZ_CHECK((snapshot == NULL) == (error != NULL));
    if (snapshot)
        FUZZ_CHECK(snapshot->limits.max_adapter < APC_IDS &&
                   snapshot->limits.max_domain < APC_IDS);
    check_lookup(host, "ap_matrix");
    check_lookup(host, NAME);
    FUZZ_CHECK(ap_host_count(host, AP_LIST_ALL_KINDS, NULL) == 2);
    return 0;
}
