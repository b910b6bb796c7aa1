/*
 * Test certificates, valid for a hundred years. The keys are public and protect nothing. Made with openssl:
 *
 *   openssl ecparam -name prime256v1 -genkey -noout -out ca.key
 *   openssl req -x509 -new -key ca.key -days 36500 -subj "/CN=Outsock test CA" \
 *     -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
 *   openssl req -new -key leaf.key -subj "/CN=localhost" -out leaf.csr
 *   openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -out leaf.pem \
 *     -extfile <(printf "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth,clientAuth")
 *
 * The leaf of another host has subjectAltName=DNS:elsewhere.test; the self-signed one was made like the CA.
 */

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The test CA that signed {@link trustedPair} and {@link elsewherePair}. PEM. */
export const testCa: string = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUAXG/0vE5GYre3RHUebjIUoFOziQwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPT3V0c29jayB0ZXN0IENBMCAXDTI2MTEyMzA0MTExNloYDzIx
MjYxMDMwMDQxMTE2WjAaMRgwFgYDVQQDDA9PdXRzb2NrIHRlc3QgQ0EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASryTkW/4z7XIf/6A0C1BzkqqMzzdTjTgLzhSmI
WzWxUZh6fThAXiGQXXIagjDsvV7WwQ0LtmSX2vnTCSe9VAweo2MwYTAdBgNVHQ4E
FgQUda02I7jGoBT+J5nqYO3vsb8av3owHwYDVR0jBBgwFoAUda02I7jGoBT+J5nq
YO3vsb8av3owDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZI
zj0EAwIDSAAwRQIhAJn/emrDk30E8xBMl81t/vSdLJ0SBJ5s5eM0cuPHlagVAiBn
pNqYfon0OAuhrid1Y660+WSNgrOGkkyIEX6LbKZ5Ng==
-----END CERTIFICATE-----`;

/** For localhost, 127.0.0.1 and ::1, signed by the test CA. */
export const trustedPair: KeyPair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBzTCCAXSgAwIBAgIUGxZTKH0TQxA4K8MNCukK43Xh1CQwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPT3V0c29jayB0ZXN0IENBMCAXDTI2MTEyMzA0MTExNloYDzIx
MjYxMDMwMDQxMTE2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAARvJkujyzO8Mov55Px3ZKrhMfNJA8DENgMBcYdbC1v6D1jN
RLD3z2ldWRl+1lheJwL39jyrQtiioqPJv9x0MDHZo4GbMIGYMCwGA1UdEQQlMCOC
CWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAdBgNVHSUEFjAUBggr
BgEFBQcDAQYIKwYBBQUHAwIwCQYDVR0TBAIwADAdBgNVHQ4EFgQU17hNVMnfno3v
H0dgWkPf9QgV1F8wHwYDVR0jBBgwFoAUda02I7jGoBT+J5nqYO3vsb8av3owCgYI
KoZIzj0EAwIDRwAwRAIgLMmaonbDnlkqf+G5hx5cLOmCKexzo2TTBOuHelT2AqcC
IGq0jHVwTHfv8nI4aS9y4LlWvk8jMZ0OuAucawEjtmTd
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkuR2gCqCnETIVRws
KQHuHr4Hgi0hEsB2m+sdU1SL7ayhRANCAARvJkujyzO8Mov55Px3ZKrhMfNJA8DE
NgMBcYdbC1v6D1jNRLD3z2ldWRl+1lheJwL39jyrQtiioqPJv9x0MDHZ
-----END PRIVATE KEY-----`,
};

/** For elsewhere.test only, signed by the test CA. */
export const elsewherePair: KeyPair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBwTCCAWagAwIBAgIUGxZTKH0TQxA4K8MNCukK43Xh1CUwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPT3V0c29jayB0ZXN0IENBMCAXDTI2MTEyMzA0MTExNloYDzIx
MjYxMDMwMDQxMTE2WjAZMRcwFQYDVQQDDA5lbHNld2hlcmUudGVzdDBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABLMXwPvA0VzoY54JTL2DLa+kHF6Nw+RvU1KCBSF5
es60Cz5QgcDJGOKKxNTGYgDblPS5it1D6gT63XgGXVr3NlyjgYgwgYUwGQYDVR0R
BBIwEIIOZWxzZXdoZXJlLnRlc3QwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUF
BwMCMAkGA1UdEwQCMAAwHQYDVR0OBBYEFOTQjALE/Mhtc6TNPFPnNpN+JOl9MB8G
A1UdIwQYMBaAFHWtNiO4xqAU/ieZ6mDt77G/Gr96MAoGCCqGSM49BAMCA0kAMEYC
IQCeuCW9kH+rNIOVYGLkE0B8Dxzryld3wxxBmCMJFqGotAIhAONyNa38Rg8fy93l
lGSj2cl1IsEdTF3kL7bvpZZHAtWO
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgluiM3E5jviNJSbHU
wHCRDzikHdImrEYVslDgBvpUoFyhRANCAASzF8D7wNFc6GOeCUy9gy2vpBxejcPk
b1NSggUheXrOtAs+UIHAyRjiisTUxmIA25T0uYrdQ+oE+t14Bl1a9zZc
-----END PRIVATE KEY-----`,
};

/** For localhost and 127.0.0.1, self-signed. */
export const selfSignedPair: KeyPair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUMfoL5Sl/6vKYLbMx3U11XQOeQuswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA0MTExNloYDzIxMjYxMDMw
MDQxMTE2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARg/X0lNZBHxmCtklXNjc6IE1GxhAYQLsqKCvbzKR1IYKMTgR6EYbLh
BL+ZbHxzavzJMIdi/xK5TztjN3jXw/W2o28wbTAdBgNVHQ4EFgQUrGTxyKMU9KWu
m/eFpI1UHXbuCNIwHwYDVR0jBBgwFoAUrGTxyKMU9KWum/eFpI1UHXbuCNIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgRjp5nquFsTKUCxxTq9egzfYpOGocuvQIhsQIsWjsb94CIQCF
VKYNMhBLv/4gQ8I2NuUUrD+ljxnEXFiWa43yUFJdfQ==
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgL9RCcsfBETjdy1iQ
TT3nefaMpR/47Sn8a9nN7kYj6fihRANCAARg/X0lNZBHxmCtklXNjc6IE1GxhAYQ
LsqKCvbzKR1IYKMTgR6EYbLhBL+ZbHxzavzJMIdi/xK5TztjN3jXw/W2
-----END PRIVATE KEY-----`,
};
