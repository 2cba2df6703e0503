#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "fetch/certificate.h"

/* Made with the openssl command for this test; what it says of itself is in the test. */
static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
			  "MIIBvjCCAWWgAwIBAgIBATAKBggqhkjOPQQDAjAyMRkwFwYDVQQDDBBzaG9wLmV4\n"
			  "YW1wbGUuY29tMRUwEwYDVQQKDAxBY8OpbWUgU2hvcHMwIBcNMjYwMTAyMDMwNDA1\n"
			  "WhgPMjA2MTAyMDMwNDA1MDZaMDIxGTAXBgNVBAMMEHNob3AuZXhhbXBsZS5jb20x\n"
			  "FTATBgNVBAoMDEFjw6ltZSBTaG9wczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA\n"
			  "BOTF1e+LgPt4TGC7K2n9yt5Tn3otuZNzRK63453zXs2hWKuV1qYlcDTu5DqFQnrS\n"
			  "RMqQlrTDMQ9sYH6fD4lzi8OjajBoMEcGA1UdEQRAMD6CEHNob3AuZXhhbXBsZS5j\n"
			  "b22CEiouc2hvcC5leGFtcGxlLmNvbYcEwAACB4cQIAENuAAAAAAAAAAAAAAAATAd\n"
			  "BgNVHQ4EFgQUNvE/xdCzYry57gj1c/aVDFAzZsEwCgYIKoZIzj0EAwIDRwAwRAIg\n"
			  "FHpAZ40pt3JBtchQEMbhLndmuJ7MafUzsWJnclRDjhgCIBDbSil1GjhaEKCh9QEH\n"
			  "i7kv4GSfp63dtOiSW+8Jqmyc\n"
			  "-----END CERTIFICATE-----\n";

static void test_fields(void **state)
{
	struct arena *arena = arena_new();
	struct certificate certificate;

	(void)state;
	assert_true(certificate_read(arena, pem, strlen(pem), &certificate));
	assert_string_equal(certificate.subject, "shop.example.com, Ac\xc3\xa9me Shops");
	assert_string_equal(certificate.issuer, "shop.example.com, Ac\xc3\xa9me Shops");
	assert_true(certificate.self_issued);
	assert_int_equal(certificate.name_count, 4);
	assert_string_equal(certificate.names[0], "shop.example.com");
	assert_string_equal(certificate.names[1], "*.shop.example.com");
	assert_string_equal(certificate.names[2], "192.0.2.7");
	assert_string_equal(certificate.names[3], "2001:db8::1");
	/* The end is behind 2049, where the form of dates changes. */
	assert_int_equal(certificate.from, 1767323045);
	assert_int_equal(certificate.until, INT64_C(2874629106));
	arena_free(arena);
}

static void test_covers(void **state)
{
	static const char *const yes[] = {"shop.example.com", "SHOP.example.com",
					  "pay.shop.example.com", "192.0.2.7", "2001:db8::1"};
	static const char *const no[] = {"example.com",
					 "a.pay.shop.example.com",
					 ".shop.example.com",
					 "xshop.example.com",
					 "shop.example.com.evil.example",
					 "192.0.2.70",
					 ""};
	struct arena *arena = arena_new();
	struct certificate certificate;

	(void)state;
	assert_true(certificate_read(arena, pem, strlen(pem), &certificate));
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		assert_true(certificate_covers(&certificate, yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		assert_false(certificate_covers(&certificate, no[i]));
	arena_free(arena);
}

/* Half a certificate is none. */
static void test_cut(void **state)
{
	struct arena *arena = arena_new();
	struct certificate certificate;

	(void)state;
	assert_false(certificate_read(arena, "", 0, &certificate));
	assert_false(certificate_read(arena, "no certificate", 14, &certificate));
	assert_false(certificate_read_der(arena, "\x30\x80", 2, &certificate));
	assert_false(certificate_read(arena, pem, 200, &certificate));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_covers),
	    cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
