// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * The commands, and those of them that concern VFIO.
 */
#include "uapi_command.h"
#include "uapi_guest.h"
#include "uapi_vfio.h"
#include "uapi_words.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAX_FDS 16

/* --- container and group --- */

static void do_container(struct uapi_context *c)
{
	uapi_name_fd(c, UAPI_CONTAINER, uapi_container_open());
}

static void do_iommu(struct uapi_context *c)
{
	struct uapi_object *container = uapi_named(c, 1, UAPI_CONTAINER);
	uint64_t type;

	if (container && uapi_read_number_or(c, 2, VFIO_TYPE1v2_IOMMU, &type))
		uapi_say_result(c, uapi_container_set_iommu(container->fd, type));
}

static void do_group(struct uapi_context *c)
{
	uapi_name_fd(c, UAPI_GROUP, uapi_group_open(c->words[2]));
}

static void do_join(struct uapi_context *c)
{
	struct uapi_object *group = uapi_named(c, 1, UAPI_GROUP);
	struct uapi_object *container = group ? uapi_named(c, 2, UAPI_CONTAINER) : NULL;

	if (container)
		uapi_say_result(c, uapi_group_join(group->fd, container->fd));
}

static void do_leave(struct uapi_context *c)
{
	struct uapi_object *group = uapi_named(c, 1, UAPI_GROUP);

	if (group)
		uapi_say_result(c, uapi_group_leave(group->fd));
}

static void do_device(struct uapi_context *c)
{
	struct uapi_object *group = uapi_named(c, 2, UAPI_GROUP);

	if (group)
		uapi_name_fd(c, UAPI_DEVICE,
			     uapi_group_get_device(group->fd, c->words[3]));
}

/* map CONTAINER|IOMMUFD IOVA SIZE GUEST [OFFSET]: of the guest's memory */
static void do_map(struct uapi_context *c)
{
	struct uapi_object *space = uapi_named(c, 1, UAPI_NOTHING);
	struct uapi_object *guest = uapi_named(c, 4, UAPI_GUEST);
	uint64_t iova, size, offset;
	void *memory;
	int rc = -EINVAL;

	if (!space || !guest || !uapi_read_number(c, 2, &iova) ||
	    !uapi_read_number(c, 3, &size) || !uapi_read_number_or(c, 5, iova, &offset))
		return;
	memory = uapi_guest_memory(guest->guest) + offset;
	if (space->kind == UAPI_CONTAINER)
		rc = uapi_container_map(space->fd, iova, size, memory);
	else if (space->kind == UAPI_IOMMUFD)
		rc = uapi_ioas_map(space->fd, space->ioas, iova, size, memory);
	uapi_say_result(c, rc);
}

static void do_unmap(struct uapi_context *c)
{
	struct uapi_object *space = uapi_named(c, 1, UAPI_NOTHING);
	uint64_t iova, size;
	int rc = -EINVAL;

	if (!space || !uapi_read_number(c, 2, &iova) || !uapi_read_number(c, 3, &size))
		return;
	if (space->kind == UAPI_CONTAINER)
		rc = uapi_container_unmap(space->fd, iova, size);
	else if (space->kind == UAPI_IOMMUFD)
		rc = uapi_ioas_unmap(space->fd, space->ioas, iova, size);
	uapi_say_result(c, rc);
}

/* --- character device and iommufd --- */

static void do_iommufd(struct uapi_context *c)
{
	uapi_name_fd(c, UAPI_IOMMUFD, uapi_iommufd_open());
}

static void do_cdev(struct uapi_context *c)
{
	uapi_name_fd(c, UAPI_DEVICE, uapi_cdev_open(c->words[2]));
}

static void do_bind(struct uapi_context *c)
{
	struct uapi_object *device = uapi_named(c, 1, UAPI_DEVICE);
	struct uapi_object *iommufd = device ? uapi_named(c, 2, UAPI_IOMMUFD) : NULL;

	if (iommufd)
		uapi_say_result(c, uapi_cdev_bind(device->fd, iommufd->fd));
}

static void do_attach(struct uapi_context *c)
{
	struct uapi_object *device = uapi_named(c, 1, UAPI_DEVICE);
	struct uapi_object *iommufd = device ? uapi_named(c, 2, UAPI_IOMMUFD) : NULL;

	if (iommufd)
		uapi_say_result(
			c, uapi_cdev_attach(device->fd, iommufd->fd, &iommufd->ioas));
}

/* --- device --- */

static void do_info(struct uapi_context *c)
{
	struct uapi_object *device = uapi_named(c, 1, UAPI_DEVICE);
	struct vfio_device_info info = { 0 };
	uint64_t argsz;
	int rc;

	if (!device || !uapi_read_number_or(c, 2, sizeof(info), &argsz))
		return;
	info.argsz = argsz;
	rc = uapi_device_info(device->fd, &info);
	if (rc < 0)
		uapi_say_result(c, rc);
	else
		uapi_say(c, "ok flags=%#x regions=%u irqs=%u", info.flags,
			 info.num_regions, info.num_irqs);
}

static void do_irq_info(struct uapi_context *c)
{
	struct uapi_object *device = uapi_named(c, 1, UAPI_DEVICE);
	struct vfio_irq_info info = { 0 };
	uint64_t index, argsz;
	int rc;

	if (!device || !uapi_read_number(c, 2, &index) ||
	    !uapi_read_number_or(c, 3, sizeof(info), &argsz))
		return;
	info.argsz = argsz;
	info.index = index;
	rc = uapi_device_irq_info(device->fd, &info);
	if (rc < 0)
		uapi_say_result(c, rc);
	else
		uapi_say(c, "ok flags=%#x count=%u", info.flags, info.count);
}

/* A number, or the file descriptor of something with a name. */
static bool fd_word(struct uapi_context *c, unsigned int n, int32_t *fd)
{
	struct uapi_object *object = uapi_find(c->words[n]);
	uint64_t value;

	if (object) {
		*fd = object->fd;
		return true;
	}
	if (!uapi_read_number(c, n, &value))
		return false;
	*fd = (int32_t)value;
	return true;
}

/* set-irqs DEVICE ARGSZ|- FLAGS INDEX START COUNT [FD…] */
static void do_set_irqs(struct uapi_context *c)
{
	struct uapi_object *device = uapi_named(c, 1, UAPI_DEVICE);
	union {
		struct vfio_irq_set set;
		char room[sizeof(struct vfio_irq_set) + MAX_FDS * sizeof(int32_t)];
	} request = { 0 };
	int32_t *fds = (int32_t *)request.set.data;
	uint64_t values[5];
	unsigned int i, more = c->count - 7;

	if (!device || more > MAX_FDS)
		return;
	if (!uapi_read_number_or(c, 2, sizeof(request.set) + more * sizeof(int32_t),
				 &values[0]))
		return;
	for (i = 1; i < 5; i++)
		if (!uapi_read_number(c, 2 + i, &values[i]))
			return;
	for (i = 0; i < more; i++)
		if (!fd_word(c, 7 + i, &fds[i]))
			return;
	request.set.argsz = values[0];
	request.set.flags = values[1];
	request.set.index = values[2];
	request.set.start = values[3];
	request.set.count = values[4];
	uapi_say_result(c, uapi_device_set_irqs(device->fd, &request.set));
}

static void do_reset(struct uapi_context *c)
{
	struct uapi_object *device = uapi_named(c, 1, UAPI_DEVICE);

	if (device)
		uapi_say_result(c, uapi_device_reset(device->fd));
}

/* An ioctl without anything to point to. */
static void do_ioctl(struct uapi_context *c)
{
	struct uapi_object *object = uapi_named(c, 1, UAPI_NOTHING);
	uint64_t request;

	if (object && uapi_read_number(c, 2, &request))
		uapi_say_result(c, uapi_ioctl(object->fd, request, NULL));
}

static void do_eventfd(struct uapi_context *c)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	uapi_name_fd(c, UAPI_EVENTFD, fd < 0 ? -errno : fd);
}

/* How often it was signalled; waits that many seconds for the first time. */
static void do_count(struct uapi_context *c)
{
	struct uapi_object *event = uapi_named(c, 1, UAPI_EVENTFD);
	struct pollfd ready;
	uint64_t seconds, signals = 0;

	if (!event || !uapi_read_number_or(c, 2, 0, &seconds))
		return;
	ready = (struct pollfd){ .fd = event->fd, .events = POLLIN };
	if (poll(&ready, 1, seconds * 1000) < 0 ||
	    (ready.revents && read(event->fd, &signals, sizeof(signals)) < 0))
		uapi_say_result(c, -errno);
	else
		uapi_say(c, "ok %llu", (unsigned long long)signals);
}

/* --- the commands --- */

static void do_close(struct uapi_context *c)
{
	struct uapi_object *object = uapi_named(c, 1, UAPI_NOTHING);

	if (!object)
		return;
	uapi_drop(object);
	uapi_say(c, "ok");
}

static const struct command {
	const char *word;
	void (*function)(struct uapi_context *c);
	unsigned int min; /* words, with the command's own */
	unsigned int max;
} commands[] = {
	{ "attach", do_attach, 3, 3 },
	{ "bind", do_bind, 3, 3 },
	{ "cdev", do_cdev, 3, 3 },
	{ "close", do_close, 2, 2 },
	{ "container", do_container, 2, 2 },
	{ "count", do_count, 2, 3 },
	{ "device", do_device, 4, 4 },
	{ "eventfd", do_eventfd, 2, 2 },
	{ "group", do_group, 3, 3 },
	{ "guest", uapi_do_guest, 2, 3 },
	{ "info", do_info, 2, 3 },
	{ "ioctl", do_ioctl, 3, 3 },
	{ "iommu", do_iommu, 2, 3 },
	{ "iommufd", do_iommufd, 2, 2 },
	{ "irq-info", do_irq_info, 3, 4 },
	{ "join", do_join, 3, 3 },
	{ "leave", do_leave, 2, 2 },
	{ "map", do_map, 5, 6 },
	{ "peek", uapi_do_peek, 3, 4 },
	{ "poke", uapi_do_poke, 4, 4 },
	{ "reset", do_reset, 2, 2 },
	{ "run", uapi_do_run, 3, UAPI_WORDS },
	{ "set-irqs", do_set_irqs, 7, 7 + MAX_FDS },
	{ "tell", uapi_do_tell, 3, 3 },
	{ "unmap", do_unmap, 4, 4 },
	{ "untell", uapi_do_untell, 3, 3 },
	{ "wait", uapi_do_wait, 4, 4 },
	{ NULL, NULL, 0, 0 },
};

static void take_apart(struct uapi_context *c, char *line)
{
	char *word;

	while ((word = strsep(&line, " ")) && c->count < UAPI_WORDS)
		if (*word)
			c->words[c->count++] = word;
}

void uapi_do(char *line, char *answer, size_t size)
{
	struct uapi_context c = { .answer = answer, .size = size };
	const struct command *command;

	take_apart(&c, line);
	for (command = commands; command->word; command++) {
		if (!uapi_is_word(&c, 0, command->word))
			continue;
		if (c.count < command->min || c.count > command->max)
			uapi_say(&c, "wrong: '%s' needs other words", command->word);
		else
			command->function(&c);
		return;
	}
	uapi_say(&c, "wrong: there is no command '%s'", c.count ? c.words[0] : "");
}
