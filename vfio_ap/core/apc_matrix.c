// SPDX-License-Identifier: GPL-2.0
/*
 * The matrix device: the mdevs on it, who owns which queue, and what is said
 * when somebody wants the same queue.
 */
#include "apc_guest.h"
#include "apc_text.h"

void apc_matrix_init(struct apc_matrix *mx, const struct apc_matrix_ops *ops,
		     const struct apc_pool *pool, const struct apc_qci *qci)
{
	memset(mx, 0, sizeof(*mx));
	mx->ops = ops;
	mx->pool = pool;
	mx->qci = *qci;
}

static bool apc_uuid_dash_at(unsigned int i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* The lower case hex digit or dash that belongs at place @i, or NUL. */
static char apc_uuid_char(char c, unsigned int i)
{
	if (apc_uuid_dash_at(i))
		return c == '-' ? c : '\0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 'a';
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? c : '\0';
}

int apc_uuid_parse(char uuid[APC_UUID_CHARS + 1], const char *text, size_t len)
{
	char result[APC_UUID_CHARS + 1];
	unsigned int i;

	if (len < APC_UUID_CHARS || len > APC_UUID_CHARS + 1)
		return -EINVAL;
	for (i = 0; i < APC_UUID_CHARS; i++) {
		result[i] = apc_uuid_char(text[i], i);
		if (!result[i])
			return -EINVAL;
	}
	result[i] = '\0';
	memcpy(uuid, result, sizeof(result));
	return 0;
}

static unsigned int apc_uuid_bucket(const char *uuid)
{
	u32 hash = 2166136261u;

	while (*uuid)
		hash = (hash ^ (u8)*uuid++) * 16777619u;
	return (hash ^ hash >> 16) % APC_MDEV_BUCKETS;
}

unsigned int apc_matrix_available(const struct apc_matrix *mx)
{
	return APC_MDEV_MAX - mx->mdev_count;
}

struct apc_mdev *apc_matrix_find(const struct apc_matrix *mx, const char *uuid)
{
	struct apc_mdev *mdev;

	for (mdev = mx->buckets[apc_uuid_bucket(uuid)]; mdev; mdev = mdev->hash_next)
		if (!strcmp(mdev->uuid, uuid))
			return mdev;
	return NULL;
}

int apc_matrix_may_add(const struct apc_matrix *mx, const char *uuid)
{
	if (apc_matrix_find(mx, uuid))
		return -EEXIST;
	return apc_matrix_available(mx) ? 0 : -EUSERS;
}

static void apc_matrix_link(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	struct apc_mdev **bucket = &mx->buckets[apc_uuid_bucket(mdev->uuid)];

	mdev->pprev = &mx->mdevs;
	mdev->next = mx->mdevs;
	if (mdev->next)
		mdev->next->pprev = &mdev->next;
	mx->mdevs = mdev;

	mdev->hash_pprev = bucket;
	mdev->hash_next = *bucket;
	if (mdev->hash_next)
		mdev->hash_next->hash_pprev = &mdev->hash_next;
	*bucket = mdev;
}

static void apc_matrix_unlink(struct apc_mdev *mdev)
{
	*mdev->pprev = mdev->next;
	if (mdev->next)
		mdev->next->pprev = mdev->pprev;
	*mdev->hash_pprev = mdev->hash_next;
	if (mdev->hash_next)
		mdev->hash_next->hash_pprev = mdev->hash_pprev;
}

int apc_matrix_add(struct apc_matrix *mx, struct apc_mdev *mdev, const char *uuid)
{
	int rc = apc_matrix_may_add(mx, uuid);

	if (rc)
		return rc;
	memset(mdev, 0, sizeof(*mdev));
	memcpy(mdev->uuid, uuid, APC_UUID_CHARS);
	apc_matrix_link(mx, mdev);
	mx->mdev_count++;
	return 0;
}

void apc_matrix_remove(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	apc_guest_reset_all(mx, mdev);
	apc_owned_remove(mx, &mdev->assigned.apm, &mdev->assigned.aqm);
	apc_guest_forget_pending(mdev);
	apc_matrix_unlink(mdev);
	mx->mdev_count--;
}

int apc_mdev_want_remove(struct apc_mdev *mdev, const char *text, size_t len)
{
	u64 value;

	/* mdev makes EINVAL of every error, ERANGE too. */
	if (apc_parse_ulong(text, len, &value))
		return -EINVAL;
	if (!value)
		return 0;
	if (mdev->removing)
		return -EAGAIN;
	mdev->removing = true;
	return 1;
}

static bool apc_matrix_has_user(const struct apc_matrix *mx, const void *user)
{
	const struct apc_mdev *mdev;

	for (mdev = mx->mdevs; mdev; mdev = mdev->next)
		if (mdev->user == user)
			return true;
	return false;
}

int apc_mdev_open(struct apc_matrix *mx, struct apc_mdev *mdev, const void *user)
{
	if (!user)
		return -EINVAL;
	if (mdev->user)
		return -EBUSY;
	if (apc_matrix_has_user(mx, user))
		return -EPERM;
	mdev->user = user;
	if (mx->ops && mx->ops->guest_update)
		mx->ops->guest_update(mx, mdev);
	return 0;
}

void apc_mdev_close(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	mdev->user = NULL;
	apc_guest_reset_all(mx, mdev);
}

void apc_mdev_reset(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	apc_guest_reset_all(mx, mdev);
}

/* One store for each queue, and hardly more: there may be 65536. */
static void apc_row_fill(struct apc_mdev **row, const struct apc_mask *domains,
			 struct apc_mdev *mdev)
{
	unsigned int i, bit;
	u64 word;

	for (i = 0; i < APC_MASK_WORDS; i++)
		for (word = domains->word[i]; word; word &= ~(1ULL << (63 - bit))) {
			bit = __builtin_clzll(word);
			row[64 * i + bit] = mdev;
		}
}

void apc_owned_add(struct apc_matrix *mx, struct apc_mdev *mdev,
		   const struct apc_mask *apm, const struct apc_mask *aqm)
{
	unsigned int apid;

	apc_mask_for_each(apid, apm) {
		apc_mask_or(&mx->owned[apid], &mx->owned[apid], aqm);
		apc_row_fill(mx->holder[apid], aqm, mdev);
	}
}

void apc_owned_remove(struct apc_matrix *mx, const struct apc_mask *apm,
		      const struct apc_mask *aqm)
{
	unsigned int apid;

	apc_mask_for_each(apid, apm) {
		apc_mask_andnot(&mx->owned[apid], &mx->owned[apid], aqm);
		apc_row_fill(mx->holder[apid], aqm, NULL);
	}
}

static bool apc_mdev_meets(const struct apc_mdev *mdev, const struct apc_mask *apm,
			   const struct apc_mask *aqm, struct apc_conflict *conflict)
{
	apc_mask_and(&conflict->apm, &mdev->assigned.apm, apm);
	apc_mask_and(&conflict->aqm, &mdev->assigned.aqm, aqm);
	return !apc_mask_empty(&conflict->apm) && !apc_mask_empty(&conflict->aqm);
}

/* The walk over the mdevs is for the message only: the refusal is certain. */
void apc_matrix_report(struct apc_matrix *mx, const struct apc_mdev *assignee,
		       const struct apc_mask *apm, const struct apc_mask *aqm)
{
	struct apc_conflict conflict = { .wanted_by = assignee };
	const struct apc_mdev *mdev;

	if (!mx->ops || !mx->ops->conflict)
		return;
	for (mdev = mx->mdevs; mdev; mdev = mdev->next) {
		if (mdev == assignee || !apc_mdev_meets(mdev, apm, aqm, &conflict))
			continue;
		conflict.holder = mdev;
		mx->ops->conflict(mx, &conflict);
		return;
	}
}

int apc_matrix_in_use(struct apc_matrix *mx, const struct apc_mask *apm,
		      const struct apc_mask *aqm)
{
	unsigned int apid;

	apc_mask_for_each(apid, apm) {
		if (!apc_mask_intersects(&mx->owned[apid], aqm))
			continue;
		apc_matrix_report(mx, NULL, apm, aqm);
		return -EADDRINUSE;
	}
	return 0;
}

struct apc_mdev *apc_matrix_holder(const struct apc_matrix *mx, unsigned int apid,
				   unsigned int apqi)
{
	return mx->holder[apid][apqi];
}

size_t apc_conflict_print(const struct apc_conflict *conflict, unsigned int apid,
			  unsigned int apqi, char *buf, size_t size)
{
	struct apc_out out;

	apc_out_init(&out, 0, buf, size ? size - 1 : 0);
	if (conflict->wanted_by) {
		apc_out_text(&out, "Userspace may not assign queue ");
		apc_out_queue(&out, apid, apqi);
		apc_out_text(&out, " to mdev: already assigned to ");
		apc_out_text(&out, conflict->holder->uuid);
	} else {
		apc_out_text(&out, "Can not reserve queue ");
		apc_out_queue(&out, apid, apqi);
		apc_out_text(&out, " for host driver: in use by mdev");
	}
	if (size)
		buf[apc_out_written(&out)] = '\0';
	return out.pos;
}
