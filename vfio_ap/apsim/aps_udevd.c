// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for udevd where programs ask whether it is done.
 *
 * A caller sends one message per request and one that says it has no more; then
 * it waits for us to close the connection.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "aps_error.h"
#include "aps_mount.h"
#include "aps_udevd.h"

#define END_OF_REQUESTS 0

/* The beginning of a request; what follows is of no interest here. */
struct request {
	char version[16];
	unsigned int magic;
	int type;
};

struct aps_udevd {
	int listening;
	int callers[APS_UDEVD_MAX_CALLERS];
	int count;
};

int aps_udevd_listen(GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = APS_UDEV_CONTROL };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !listen(fd, SOMAXCONN))
		return fd;
	aps_error_set_errno(error, errno, "cannot listen at %s", APS_UDEV_CONTROL);
	if (fd >= 0)
		close(fd);
	return -1;
}

struct aps_udevd *aps_udevd_new(int listening)
{
	struct aps_udevd *udevd = g_new0(struct aps_udevd, 1);

	udevd->listening = listening;
	return udevd;
}

nfds_t aps_udevd_fds(const struct aps_udevd *udevd, struct pollfd *fds)
{
	bool full = udevd->count == APS_UDEVD_MAX_CALLERS;
	int i;

	for (i = 0; i < udevd->count; i++)
		fds[i] = (struct pollfd){ .fd = udevd->callers[i], .events = POLLIN };
	/* With all places taken new callers wait in the backlog. */
	fds[i] = (struct pollfd){ .fd = full ? -1 : udevd->listening, .events = POLLIN };
	return i + 1;
}

/* Whether the caller has nothing more to say. */
static bool is_done(int fd)
{
	struct request request = { .type = END_OF_REQUESTS };
	ssize_t len = recv(fd, &request, sizeof(request), MSG_DONTWAIT);

	if (len < 0)
		return errno != EAGAIN && errno != EINTR;
	return !len || request.type == END_OF_REQUESTS;
}

void aps_udevd_handle(struct aps_udevd *udevd, const struct pollfd *fds)
{
	int polled = udevd->count;
	int kept = 0;
	int fd, i;

	for (i = 0; i < polled; i++) {
		if (fds[i].revents && is_done(fds[i].fd))
			close(fds[i].fd);
		else
			udevd->callers[kept++] = fds[i].fd;
	}
	udevd->count = kept;
	if (!fds[polled].revents)
		return;
	fd = accept4(udevd->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		udevd->callers[udevd->count++] = fd;
}
