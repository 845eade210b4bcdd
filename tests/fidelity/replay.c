/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * replay: does what a script says, one operation after the other, on whatever AP bus
 * it runs on, and writes down what came of each: the error, the uevents, and
 * everything that has changed in the AP part of the tree.  The same program runs on
 * the simulated machine and on a kernel, so that their records can be compared.
 *
 * Each line of the script (standard input) is an operation:
 *
 *   W FILE HEX        write the bytes into the file, with one write(2)
 *   M VERB ARGUMENT…  change the machine, in the words of apsim's control files
 *   G UUID            a guest takes the matrix
 *   L UUID            and lets go of it
 *   I UUID COMMAND    the guest does that, on a real machine only; the commands are
 *                     those of vfio_ap/tests/uapi
 *   B NAME            nothing; a name for what follows
 *
 * Who removes a matrix that a guest has waits for the guest; here it lets go first.
 * With a small letter nobody looks afterwards: what it changed shows with the next.
 *
 * The record (standard output) repeats the operation behind "@ ", and then has
 *
 *   = RESULT          ok and the count of bytes, or what failed and its error
 *   + PATH VALUE      something new in the tree
 *   ~ PATH VALUE      something that has changed
 *   - PATH            something that is gone
 *   U PROPERTIES      an uevent of the kernel
 *
 * VALUE is "d" for a directory, "l TARGET" for a link, and for a file "f MODE" and
 * its content, or !ERROR when reading fails.
 */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL      "/run/apsim/"
#define PORT         "/run/mainframe-control"
#define MAX_LINE     70000
#define MAX_EVENT    8192
#define MAX_ANSWER   2048
#define EVENT_BUFFER (32 << 20)

static const char *const subsystems[] = {
    "ap", "mdev", "matrix", "vfio", "vfio-dev", "bus", "drivers", "module",
};

static int uevents = -1;
static char line[MAX_LINE];

void
die(const char *format, ...)
{
    va_list args;

    fputs("replay: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void *
need(void *memory)
{
    if (!memory)
        die("no memory");
    return memory;
}

/* --- text ------------------------------------------------------------------ */

char *
escaped(const char *text, size_t len)
{
    char *result = need(malloc(4 * len + 1));
    char *to = result;
    size_t i;

    for (i = 0; i < len; i++) {
        unsigned char c = text[i];

        if (c == '\n')
            to += sprintf(to, "\\n");
        else if (c == '\\')
            to += sprintf(to, "\\\\");
        else if (c < ' ' || c > '~')
            to += sprintf(to, "\\x%02x", c);
        else
            *to++ = c;
    }
    *to = '\0';
    return result;
}

static size_t
unhex(const char *hex, char *bytes)
{
    unsigned int byte;
    size_t len = 0;

    while (sscanf(hex + 2 * len, "%2x", &byte) == 1)
        bytes[len++] = byte;
    return len;
}

/* --- uevents --------------------------------------------------------------- */

static void
hear_uevents(void)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
    int size = EVENT_BUFFER;

    uevents = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (uevents < 0 || bind(uevents, (struct sockaddr *)&address, sizeof(address)))
        die("no uevents: %s", strerror(errno));
    if (setsockopt(uevents, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
        die("no room for uevents: %s", strerror(errno));
}

static bool
is_ours(const char *event, size_t len)
{
    size_t i;
    const char *item;

    for (item = event; item < event + len; item += strlen(item) + 1) {
        if (strncmp(item, "SUBSYSTEM=", 10) != 0)
            continue;
        for (i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]); i++)
            if (!strcmp(item + 10, subsystems[i]))
                return true;
    }
    return false;
}

static void
tell_uevent(const char *event, size_t len)
{
    const char *item = event + strlen(event) + 1;

    if (!is_ours(item, event + len - item))
        return;
    putchar('U');
    for (; item < event + len; item += strlen(item) + 1) {
        char *text = escaped(item, strlen(item));

        printf("\t%s", text);
        free(text);
    }
    putchar('\n');
}

static void
tell_uevents(void)
{
    struct pollfd ready = { .fd = uevents, .events = POLLIN };
    char event[MAX_EVENT + 1];
    ssize_t len;

    while (poll(&ready, 1, 0) > 0) {
        len = recv(uevents, event, MAX_EVENT, 0);
        if (len < 0)
            die("uevents are lost: %s", strerror(errno));
        event[len] = '\0';
        tell_uevent(event, len);
    }
}

/* --- operations ------------------------------------------------------------ */

bool
is_simulated(void)
{
    return !access(CONTROL, F_OK);
}

static bool
control(const char *verb, const char *arguments)
{
    char path[256];
    int fd;
    bool good;

    snprintf(path, sizeof(path), "%s%s", CONTROL, verb);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        die("%s: %s", path, strerror(errno));
    good = write(fd, arguments, strlen(arguments)) >= 0;
    close(fd);
    return good;
}

static void
let_go(const char *uuid)
{
    if (is_simulated())
        control("guest_close", uuid);
    else
        guest_drop(uuid);
}

static void
do_guest(const char *uuid)
{
    bool done;

    if (strlen(uuid) != UUID_CHARS)
        die("no guest can have '%s'", uuid);
    if (is_simulated())
        done = control("guest_open", uuid);
    else
        done = !guest_has(uuid) && guest_take(uuid);
    puts(done ? "= ok" : "= failed");
}

static void
do_command(char *arguments)
{
    char answer[MAX_ANSWER];
    const char *uuid = strsep(&arguments, " ");

    if (is_simulated())
        die("no guest on a simulated machine does '%s'", arguments);
    guest_do(uuid, arguments, answer, sizeof(answer));
    /* There is no guest, or it has not come so far. */
    printf("= %s\n", strncmp(answer, "wrong", 5) != 0 ? answer : "nobody");
}

/* A removal would wait for the guest. */
static void
let_go_before(const char *path)
{
    const char *name = strstr(path, "/remove");
    char uuid[UUID_CHARS + 1] = "";

    if (!name || name[strlen("/remove")] || name - path < UUID_CHARS)
        return;
    memcpy(uuid, name - UUID_CHARS, UUID_CHARS);
    let_go(uuid);
}

static void
do_write(char *arguments)
{
    static char bytes[MAX_LINE];
    char *path = strsep(&arguments, " ");
    size_t len = unhex(arguments ? arguments : "", bytes);
    int fd;
    ssize_t done;

    let_go_before(path);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        printf("= open %s\n", strerrorname_np(errno));
        return;
    }
    done = write(fd, bytes, len);
    if (done < 0)
        printf("= write %s\n", strerrorname_np(errno));
    else
        printf("= ok %zd\n", done);
    close(fd);
}

/* The mainframe's own control: one line to it, one line back; it is open to the end. */
static FILE *
control_port(void)
{
    static FILE *port;
    char path[256] = "";
    FILE *where;

    if (port)
        return port;
    where = fopen(PORT, "r");
    if (!where || !fgets(path, sizeof(path), where))
        die("%s does not tell how to change the machine", PORT);
    fclose(where);
    path[strcspn(path, "\n")] = '\0';
    port = fopen(path, "r+");
    if (!port)
        die("%s: %s", path, strerror(errno));
    setvbuf(port, NULL, _IONBF, 0);
    return port;
}

/* Whether the mainframe did it. */
static bool
ask_mainframe(const char *verb, const char *arguments)
{
    FILE *port = control_port();
    char answer[4096];

    fprintf(port, "%s %s\n", verb, arguments);
    if (!fgets(answer, sizeof(answer), port))
        die("the machine does not answer to '%s'", verb);
    return !strncmp(answer, "ok", 2);
}

static void
do_machine(char *arguments)
{
    const char *verb = strsep(&arguments, " ");
    const char *rest = arguments ? arguments : "";
    bool done = is_simulated() ? control(verb, rest) : ask_mainframe(verb, rest);

    puts(done ? "= done" : "= refused");
}

/* In the mainframe's log of instructions, where an operation ends. */
static void
mark_end(void)
{
    if (!is_simulated() && !ask_mainframe("inject_clear", ""))
        die("the end of an operation cannot be marked");
}

static void
do_operation(char *operation)
{
    char *arguments = operation;
    const char *kind = strsep(&arguments, " ");

    printf("@ %s %s\n", kind, arguments ? arguments : "");
    if (!strcasecmp(kind, "W") && arguments)
        do_write(arguments);
    else if (!strcasecmp(kind, "M") && arguments)
        do_machine(arguments);
    else if (!strcasecmp(kind, "G") && arguments)
        do_guest(arguments);
    else if (!strcasecmp(kind, "L") && arguments)
        let_go(arguments);
    else if (!strcasecmp(kind, "I") && arguments && strchr(arguments, ' '))
        do_command(arguments);
    else if (strcmp(kind, "B") != 0)
        die("'%s' is no operation", kind);
}

static void
look(Tree *old)
{
    Tree new = { 0 };

    tree_read(&new, old);
    tree_tell_differences(old, &new);
    tell_uevents();
    tree_free(old);
    *old = new;
}

int
main(void)
{
    Tree tree = { 0 };

    hear_uevents();
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        do_operation(line);
        /* What it begins with. */
        if (*line < 'a') {
            look(&tree);
            mark_end();
        }
        fflush(stdout);
    }
    tree_free(&tree);
    return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
