// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: the walk through a device's SunSpec map. */
#include <errno.h>

#include "kselftest_harness.h"

#include "core/modbus.h"
#include "sunspec_image.h"
#include "sunspec_scan.h"

/**
 * struct device - a device that answers from an image
 * @im: image
 * @base: address of its first register
 * @silent: it says nothing where it has no registers
 * @asked: addresses that were asked for
 * @n: number of requests
 * @largest: registers of the largest one
 * @fail: the request that fails, from 1; 0: none
 * @with: how
 */
struct device {
	struct image im;
	uint32_t base;
	bool silent;
	uint16_t asked[64];
	size_t n;
	size_t largest;
	size_t fail;
	int with;
};

FIXTURE(scan)
{
	struct device device;
	struct ovpp_sunspec_image *image;
};

FIXTURE_SETUP(scan)
{
	self->image = malloc(sizeof(*self->image));
	memset(&self->device, 0, sizeof(self->device));
	self->device.base = IMAGE_BASE;
	image_begin(&self->device.im);
}

FIXTURE_TEARDOWN(scan)
{
	free(self->image);
}

static int answer(void *ctx, uint16_t address, uint16_t n, uint16_t *reg, bool patient)
{
	struct device *d = ctx;

	(void)patient;
	if (d->n < 64)
		d->asked[d->n] = address;
	if (++d->n == d->fail)
		return d->with;
	if (n > d->largest)
		d->largest = n;
	if (address < d->base || address + n > d->base + d->im.n)
		return d->silent ? -ETIMEDOUT : -EREMOTEIO;
	memcpy(reg, d->im.reg + (address - d->base), n * sizeof(*reg));
	return 0;
}

#define SELF FIXTURE_DATA(scan) * self

static int scan(SELF)
{
	const struct ovpp_sunspec_reader reader = {answer, &self->device};

	return ovpp_sunspec_scan(&reader, ovpp_sunspec_bases, ovpp_sunspec_n_bases, self->image);
}

/* The image is what the device has, all of it. */
static bool whole(SELF)
{
	const struct device *d = &self->device;

	return self->image->map.base == d->base && self->image->map.n == d->im.n &&
	       !memcmp(self->image->reg, d->im.reg, d->im.n * sizeof(d->im.reg[0]));
}

TEST_F(scan, reads_a_whole_chain)
{
	image_common(&self->device.im, "Acme", "X", "1");
	image_model(&self->device.im, 103);
	image_end(&self->device.im);
	EXPECT_EQ(0, scan(self));
	EXPECT_TRUE(whole(self));
}

TEST_F(scan, long_models_take_several_requests_and_none_is_too_large)
{
	image_model(&self->device.im, 701);
	/* Not known, and skipped by its length. */
	image_word(&self->device.im, 64999);
	image_word(&self->device.im, 300);
	for (unsigned int i = 0; i < 300; i++)
		image_word(&self->device.im, (uint16_t)i);
	image_model(&self->device.im, 715);
	image_end(&self->device.im);
	EXPECT_EQ(0, scan(self));
	EXPECT_TRUE(whole(self));
	EXPECT_EQ(OVPP_MODBUS_READ_MAX, self->device.largest);
}

TEST_F(scan, a_common_model_of_65_registers)
{
	image_common(&self->device.im, "Acme", "X", "1");
	self->device.im.n--;
	self->device.im.reg[self->device.im.model + 1] = 65;
	image_model(&self->device.im, 103);
	image_end(&self->device.im);
	EXPECT_EQ(0, scan(self));
	EXPECT_TRUE(whole(self));
}

TEST_F(scan, the_map_is_looked_for_at_all_bases)
{
	image_model(&self->device.im, 715);
	image_end(&self->device.im);
	for (size_t i = 0; i < ovpp_sunspec_n_bases; i++) {
		self->device.base = ovpp_sunspec_bases[i];
		EXPECT_EQ(0, scan(self));
		EXPECT_TRUE(whole(self));
	}
	self->device.base = 2000;
	EXPECT_EQ(-ENOENT, scan(self));
	EXPECT_EQ(0, self->image->map.n);
}

TEST_F(scan, a_device_that_is_silent_at_one_base_is_found_at_the_next)
{
	image_model(&self->device.im, 715);
	image_end(&self->device.im);
	self->device.silent = true;
	self->device.base = ovpp_sunspec_bases[1];
	EXPECT_EQ(0, scan(self));
	EXPECT_TRUE(whole(self));
}

TEST_F(scan, nobody_is_asked_more_than_twice)
{
	self->device.silent = true;
	self->device.base = 60000;
	EXPECT_EQ(-ETIMEDOUT, scan(self));
	EXPECT_EQ(2, self->device.n);
	EXPECT_EQ(0, self->image->map.n);
}

TEST_F(scan, the_end_may_be_the_last_register)
{
	image_model(&self->device.im, 715);
	image_word(&self->device.im, 0xffff);
	EXPECT_EQ(0, scan(self));
	EXPECT_TRUE(whole(self));
}

TEST_F(scan, a_chain_without_an_end)
{
	image_model(&self->device.im, 715);
	EXPECT_EQ(-ENODATA, scan(self));
	EXPECT_TRUE(whole(self));
}

TEST_F(scan, a_length_that_the_device_does_not_have)
{
	image_model(&self->device.im, 715);
	self->device.im.reg[self->device.im.model + 1] = 200;
	image_end(&self->device.im);
	EXPECT_EQ(-ENODATA, scan(self));
	EXPECT_EQ(4, self->image->map.n);
}

TEST_F(scan, a_length_beyond_the_last_address)
{
	image_model(&self->device.im, 715);
	self->device.im.reg[self->device.im.model + 1] = 60000;
	image_end(&self->device.im);
	EXPECT_EQ(-EBADMSG, scan(self));
	EXPECT_EQ(4, self->image->map.n);
}

TEST_F(scan, an_id_that_is_none)
{
	image_model(&self->device.im, 715);
	image_word(&self->device.im, 0);
	image_word(&self->device.im, 0);
	EXPECT_EQ(-EBADMSG, scan(self));
}

TEST_F(scan, a_map_up_to_the_last_address)
{
	static const uint32_t base[] = {65536 - 2 - 9 - 1};
	const struct ovpp_sunspec_reader reader = {answer, &self->device};

	image_model(&self->device.im, 715);
	image_word(&self->device.im, 0xffff);
	self->device.base = base[0];
	EXPECT_EQ(0, ovpp_sunspec_scan(&reader, base, 1, self->image));
	EXPECT_TRUE(whole(self));
}

TEST_F(scan, a_marker_at_the_last_address)
{
	static const uint32_t base[] = {65534};
	const struct ovpp_sunspec_reader reader = {answer, &self->device};

	self->device.base = base[0];
	EXPECT_EQ(-EBADMSG, ovpp_sunspec_scan(&reader, base, 1, self->image));
}

TEST_F(scan, what_ends_a_scan_and_what_was_read_before)
{
	image_model(&self->device.im, 715);
	image_end(&self->device.im);
	self->device.fail = 1;
	self->device.with = -EINTR;
	EXPECT_EQ(-EINTR, scan(self));
	EXPECT_EQ(0, self->image->map.n);
	self->device.n = 0;
	self->device.fail = 3;
	self->device.with = -ETIMEDOUT;
	EXPECT_EQ(-ETIMEDOUT, scan(self));
	EXPECT_EQ(4, self->image->map.n);
}

TEST_F(scan, a_broken_answer_is_no_map)
{
	image_model(&self->device.im, 715);
	image_end(&self->device.im);
	self->device.fail = 1;
	self->device.with = -EBADMSG;
	EXPECT_EQ(-ENOENT, scan(self));
}

TEST_HARNESS_MAIN
