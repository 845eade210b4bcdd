// SPDX-License-Identifier: GPL-2.0
/*
 * Sends uevents to the monitors of a network namespace.
 *
 * The kernel takes uevents from privileged senders, gives them a sequence number
 * and broadcasts them to the sender's network namespace.  The same socket hears
 * that broadcast, so that the sequence number is known when the message of udevd
 * is composed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "aps_error.h"
#include "aps_uevent.h"

#define GROUP_KERNEL	 1
#define GROUP_UDEV	 2
#define UDEV_MAGIC	 0xfeedcafe
#define MAX_MESSAGE	 8192
#define RECEIVE_BUFFER	 (16 * 1024 * 1024)
#define SEQNUM_FILE	 "/sys/kernel/uevent_seqnum"
#define NUL_LENGTH(text) (strlen(text) + 1)

/* What libudev's monitors expect in front of the properties; big-endian hashes. */
struct udev_header {
	char prefix[8];
	guint32 magic;
	guint32 header_size;
	guint32 properties_off;
	guint32 properties_len;
	guint32 subsystem_hash;
	guint32 devtype_hash;
	guint32 tag_bloom_hi;
	guint32 tag_bloom_lo;
};

/**
 * struct aps_uevents - the sender
 * @queue_lock: protects @queue
 * @queue: GBytes, each a message of the kernel without its sequence number
 * @send_lock: held while messages are sent, so that their order is that of
 *	       @queue; taken before @queue_lock
 * @kernel: hears the kernel's uevents and hands ours to the kernel
 * @udev: sends what udevd would send
 */
struct aps_uevents {
	GMutex queue_lock;
	GQueue queue;
	GMutex send_lock;
	int kernel;
	int udev;
};

/* MurmurHash2 with seed 0, read byte by byte: the order of bytes is little-endian. */
guint32 aps_uevent_hash(const char *text)
{
	const guint32 m = 0x5bd1e995;
	const guint8 *data = (const guint8 *)text;
	gsize len = strlen(text);
	guint32 hash = len;
	guint32 k;

	for (; len >= 4; len -= 4, data += 4) {
		k = data[0] | data[1] << 8 | data[2] << 16 | (guint32)data[3] << 24;
		k *= m;
		k ^= k >> 24;
		k *= m;
		hash = (hash * m) ^ k;
	}
	if (len >= 3)
		hash ^= data[2] << 16;
	if (len >= 2)
		hash ^= data[1] << 8;
	if (len >= 1)
		hash = (hash ^ data[0]) * m;
	hash ^= hash >> 13;
	hash *= m;
	return hash ^ hash >> 15;
}

static int open_socket(unsigned int groups, GError **error)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	int size = RECEIVE_BUFFER;

	if (fd < 0) {
		aps_error_set_errno(error, errno, "cannot open a socket for uevents");
		return -1;
	}
	/* Without the right to do so the default has to be enough. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		aps_error_set_errno(error, errno, "cannot bind the socket for uevents");
		close(fd);
		return -1;
	}
	return fd;
}

struct aps_uevents *aps_uevents_new(GError **error)
{
	struct aps_uevents *uevents = g_new0(struct aps_uevents, 1);

	g_mutex_init(&uevents->queue_lock);
	g_mutex_init(&uevents->send_lock);
	g_queue_init(&uevents->queue);
	uevents->udev = -1;
	uevents->kernel = open_socket(GROUP_KERNEL, error);
	if (uevents->kernel >= 0)
		uevents->udev = open_socket(0, error);
	if (uevents->udev < 0) {
		aps_uevents_free(uevents);
		return NULL;
	}
	return uevents;
}

void aps_uevents_free(struct aps_uevents *uevents)
{
	if (!uevents)
		return;
	g_queue_clear_full(&uevents->queue, (GDestroyNotify)g_bytes_unref);
	if (uevents->kernel >= 0)
		close(uevents->kernel);
	if (uevents->udev >= 0)
		close(uevents->udev);
	g_mutex_clear(&uevents->queue_lock);
	g_mutex_clear(&uevents->send_lock);
	g_free(uevents);
}

static void append(GByteArray *message, const char *key, const char *value)
{
	g_byte_array_append(message, (const guint8 *)key, strlen(key));
	g_byte_array_append(message, (const guint8 *)value, NUL_LENGTH(value));
}

/* As the kernel: who unbinds a driver does not want another one to be loaded. */
static void append_env(GByteArray *message, const char *action, const char *env,
		       gsize env_len)
{
	bool unbind = !strcmp(action, "unbind");
	const char *end = env_len ? env + env_len : env;

	for (; env < end; env += NUL_LENGTH(env))
		if (!unbind || !g_str_has_prefix(env, "MODALIAS="))
			g_byte_array_append(message, (const guint8 *)env,
					    NUL_LENGTH(env));
}

void aps_uevents_queue(struct aps_uevents *uevents, const char *action,
		       const char *devpath, const char *subsystem, const char *env,
		       gsize env_len)
{
	GByteArray *message = g_byte_array_sized_new(256);

	g_byte_array_append(message, (const guint8 *)action, strlen(action));
	append(message, "@", devpath);
	append(message, "ACTION=", action);
	append(message, "DEVPATH=", devpath);
	append(message, "SUBSYSTEM=", subsystem);
	append_env(message, action, env, env_len);
	g_mutex_lock(&uevents->queue_lock);
	g_queue_push_tail(&uevents->queue, g_byte_array_free_to_bytes(message));
	g_mutex_unlock(&uevents->queue_lock);
}

gsize aps_uevents_pending(struct aps_uevents *uevents)
{
	gsize pending;

	g_mutex_lock(&uevents->queue_lock);
	pending = uevents->queue.length;
	g_mutex_unlock(&uevents->queue_lock);
	return pending;
}

/* Value of a property among @len bytes of "KEY=value" with a NUL behind each. */
static const char *property(const char *data, gsize len, const char *key)
{
	gsize key_len = strlen(key);
	const char *end = data + len;

	for (; data < end; data += NUL_LENGTH(data))
		if (!strncmp(data, key, key_len))
			return data + key_len;
	return NULL;
}

static bool hand_to_kernel(struct aps_uevents *uevents, const char *data, gsize len)
{
	struct nlmsghdr header = {
		.nlmsg_len = NLMSG_LENGTH(len),
		.nlmsg_type = NLMSG_MIN_TYPE,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec parts[] = {
		{ .iov_base = &header, .iov_len = NLMSG_HDRLEN },
		{ .iov_base = (void *)data, .iov_len = len },
	};
	struct msghdr message = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = parts,
		.msg_iovlen = G_N_ELEMENTS(parts),
	};

	return sendmsg(uevents->kernel, &message, 0) >= 0;
}

/*
 * The sequence number that the kernel gave to the message with this first line.
 * Others may arrive in between, as the host's own uevents come here too.
 */
static guint64 heard_seqnum(struct aps_uevents *uevents, const char *first_line)
{
	char buf[MAX_MESSAGE + 1];
	const char *seqnum;
	ssize_t len;

	for (;;) {
		len = recv(uevents->kernel, buf, MAX_MESSAGE, MSG_DONTWAIT);
		if (len < 0 && errno != EINTR)
			return 0;
		if (len <= 0)
			continue;
		buf[len] = '\0';
		if (strcmp(buf, first_line))
			continue;
		seqnum = property(buf, len, "SEQNUM=");
		return seqnum ? g_ascii_strtoull(seqnum, NULL, 10) : 0;
	}
}

/* When our own message was lost in a full buffer, the kernel's counter is near. */
static guint64 latest_seqnum(void)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(SEQNUM_FILE, &text, NULL, NULL))
		return 1;
	return g_ascii_strtoull(text, NULL, 10);
}

static guint64 monotonic_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (guint64)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void send_as_udev(struct aps_uevents *uevents, const char *properties, gsize len,
			 guint64 seqnum)
{
	const char *devtype = property(properties, len, "DEVTYPE=");
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = GROUP_UDEV };
	struct udev_header header = { .prefix = "libudev" };
	struct iovec parts[3];
	struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = parts,
		.msg_iovlen = G_N_ELEMENTS(parts),
	};
	char more[96];
	int more_len;

	more_len = snprintf(more, sizeof(more),
			    "SEQNUM=%" G_GUINT64_FORMAT
			    "%cUSEC_INITIALIZED=%" G_GUINT64_FORMAT,
			    seqnum, '\0', monotonic_usec()) +
		   1;
	header.magic = htonl(UDEV_MAGIC);
	header.header_size = sizeof(header);
	header.properties_off = sizeof(header);
	header.properties_len = len + more_len;
	header.subsystem_hash =
		htonl(aps_uevent_hash(property(properties, len, "SUBSYSTEM=")));
	if (devtype)
		header.devtype_hash = htonl(aps_uevent_hash(devtype));
	parts[0] = (struct iovec){ .iov_base = &header, .iov_len = sizeof(header) };
	parts[1] = (struct iovec){ .iov_base = (void *)properties, .iov_len = len };
	parts[2] = (struct iovec){ .iov_base = more, .iov_len = more_len };
	/* It fails when nobody listens, and a monitor that is too slow loses events. */
	(void)sendmsg(uevents->udev, &message, 0);
}

static void send_message(struct aps_uevents *uevents, GBytes *bytes)
{
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	gsize first = NUL_LENGTH(data);
	guint64 seqnum = 0;

	if (hand_to_kernel(uevents, data, len))
		seqnum = heard_seqnum(uevents, data);
	if (!seqnum)
		seqnum = latest_seqnum();
	send_as_udev(uevents, data + first, len - first, seqnum);
}

void aps_uevents_flush(struct aps_uevents *uevents)
{
	GBytes *bytes;

	g_mutex_lock(&uevents->send_lock);
	for (;;) {
		g_mutex_lock(&uevents->queue_lock);
		bytes = g_queue_pop_head(&uevents->queue);
		g_mutex_unlock(&uevents->queue_lock);
		if (!bytes)
			break;
		send_message(uevents, bytes);
		g_bytes_unref(bytes);
	}
	g_mutex_unlock(&uevents->send_lock);
}
