// SPDX-License-Identifier: GPL-2.0
/*
 * zrsa: RSA operations of crypto cards through /dev/z90crypt, compared with the
 * answers that they have to give.  rsa_vectors.py makes the file with them; each
 * line is a name, what to expect (a number, or the name of an error), and
 *
 *	mex VALUE EXPONENT MODULUS	modular exponentiation, or
 *	crt VALUE P Q DP DQ U		the same by the Chinese remainder theorem
 *
 * with all numbers in hexadecimal digits.  VALUE says how long the modulus is.
 *
 * usage: zrsa FILE [BEGINNING-OF-NAMES]
 * Exit status: 0 all is as expected, 1 something is not, 2 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <asm/zcrypt.h>

#define DEVICE	     "/dev/z90crypt"
#define MAX_BYTES    1024
#define MAX_NUMBERS  6
#define SHOWN_DIGITS 16
/* Bytes that some numbers of a CRT key have in front, and nobody looks at. */
#define CRT_ADJUST 8

struct number {
	unsigned char bytes[MAX_BYTES];
	unsigned int len;
};

struct vector {
	char *name;
	char *expected;
	char *kind;
	struct number number[MAX_NUMBERS];
	unsigned int count;
};

static void die(const char *what, const char *object)
{
	fprintf(stderr, "zrsa: %s: %s\n", object, what);
	exit(2);
}

static void parse_number(const char *text, struct number *number)
{
	char digits[3] = "";
	unsigned int i;

	if (strlen(text) % 2 || strlen(text) / 2 > MAX_BYTES - CRT_ADJUST ||
	    strspn(text, "0123456789abcdef") != strlen(text))
		die("not a number", text);
	number->len = strlen(text) / 2;
	for (i = 0; i < number->len; i++) {
		memcpy(digits, text + 2 * i, 2);
		number->bytes[i] = strtoul(digits, NULL, 16);
	}
}

static void adjust(struct number *number)
{
	memmove(number->bytes + CRT_ADJUST, number->bytes, number->len);
	memset(number->bytes, 0, CRT_ADJUST);
}

static void parse_vector(char *line, struct vector *vector)
{
	char *place, *word;

	vector->name = strtok_r(line, "\n ", &place);
	vector->expected = strtok_r(NULL, "\n ", &place);
	vector->kind = strtok_r(NULL, "\n ", &place);
	vector->count = 0;
	while ((word = strtok_r(NULL, "\n ", &place))) {
		if (vector->count == MAX_NUMBERS)
			die("too many numbers", vector->name);
		parse_number(word, &vector->number[vector->count++]);
	}
}

static int do_mex(int device, struct vector *vector, unsigned char *result)
{
	struct ica_rsa_modexpo mex = {
		.inputdata = vector->number[0].bytes,
		.inputdatalength = vector->number[0].len,
		.outputdata = result,
		.outputdatalength = vector->number[0].len,
		.b_key = vector->number[1].bytes,
		.n_modulus = vector->number[2].bytes,
	};

	if (vector->count != 3)
		die("mex takes three numbers", vector->name);
	return ioctl(device, ICARSAMODEXPO, &mex) ? errno : 0;
}

static int do_crt(int device, struct vector *vector, unsigned char *result)
{
	struct ica_rsa_modexpo_crt crt = {
		.inputdata = vector->number[0].bytes,
		.inputdatalength = vector->number[0].len,
		.outputdata = result,
		.outputdatalength = vector->number[0].len,
		.np_prime = vector->number[1].bytes,
		.nq_prime = vector->number[2].bytes,
		.bp_key = vector->number[3].bytes,
		.bq_key = vector->number[4].bytes,
		.u_mult_inv = vector->number[5].bytes,
	};

	if (vector->count != 6)
		die("crt takes six numbers", vector->name);
	adjust(&vector->number[1]);
	adjust(&vector->number[3]);
	adjust(&vector->number[5]);
	return ioctl(device, ICARSACRT, &crt) ? errno : 0;
}

/* The answer as it stands in the file. */
static void print_answer(int error, const unsigned char *result, unsigned int len,
			 char *answer)
{
	unsigned int i;

	if (error) {
		strcpy(answer, strerrorname_np(error));
		return;
	}
	for (i = 0; i < len; i++)
		sprintf(answer + 2 * i, "%02x", result[i]);
}

static bool run_vector(int device, struct vector *vector)
{
	static unsigned char result[MAX_BYTES];
	static char answer[2 * MAX_BYTES + 1];
	unsigned int len = vector->number[0].len;
	struct timespec start, end;
	int error;

	memset(result, 0xa5, sizeof(result));
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (!strcmp(vector->kind, "mex"))
		error = do_mex(device, vector, result);
	else if (!strcmp(vector->kind, "crt"))
		error = do_crt(device, vector, result);
	else
		die("neither mex nor crt", vector->name);
	clock_gettime(CLOCK_MONOTONIC, &end);
	print_answer(error, result, len, answer);
	if (strcmp(answer, vector->expected)) {
		printf("%s: expected %s, got %s\n", vector->name, vector->expected,
		       answer);
		return false;
	}
	printf("%s: %.*s%s as expected, %ld ms\n", vector->name, SHOWN_DIGITS, answer,
	       strlen(answer) > SHOWN_DIGITS ? "..." : "",
	       (end.tv_sec - start.tv_sec) * 1000 +
		       (end.tv_nsec - start.tv_nsec) / 1000000);
	return true;
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 2 ? argv[2] : "";
	static struct vector vector;
	unsigned int ran = 0, wrong = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *file;
	int device;

	if (argc < 2 || argc > 3)
		die("usage: zrsa FILE [BEGINNING-OF-NAMES]", "arguments");
	file = fopen(argv[1], "r");
	if (!file)
		die(strerror(errno), argv[1]);
	device = open(DEVICE, O_RDWR);
	if (device < 0)
		die(strerror(errno), DEVICE);
	while (getline(&line, &size, file) > 0) {
		if (strncmp(line, wanted, strlen(wanted)))
			continue;
		parse_vector(line, &vector);
		if (!vector.kind)
			die("a line needs a name, an answer and a kind", argv[1]);
		ran++;
		wrong += !run_vector(device, &vector);
		fflush(stdout);
	}
	if (!ran)
		die("no such name", wanted);
	printf("%u operations, %u not as expected\n", ran, wrong);
	return wrong ? 1 : 0;
}
