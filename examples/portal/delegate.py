#!/usr/bin/python3
# delegate.py URL [HOURS] - delegate a limited proxy to a site (gridsite
# delegation-2, on the same address as the jobs) and print its id, which belongs
# beside a JobDefinition.  Credential and CA as for submit.py.  The private key of
# what is delegated is made by the site and never travels.
import datetime
import os
import sys

import requests
import zeep
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier

# RFC 3820 proxyCertInfo: { { policyLanguage 1.3.6.1.4.1.3536.1.1.1.9 (limited) } }
LIMITED = bytes.fromhex("300f300d060b2b060104019b5001010109")
url, hours = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 12


def sign(request):
    """Our proxy for the key in REQUEST, followed by our own chain."""
    pem = open(os.environ["X509_USER_PROXY"], "rb").read()
    issuer, key = x509.load_pem_x509_certificate(pem), serialization.load_pem_private_key(pem, None)
    now, serial = datetime.datetime.utcnow(), x509.random_serial_number() >> 96
    name = x509.Name(list(issuer.subject) + [x509.NameAttribute(NameOID.COMMON_NAME, str(serial))])
    usage = x509.KeyUsage(digital_signature=True, key_encipherment=True, content_commitment=False,
                          data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
                          encipher_only=False, decipher_only=False)
    end = min(now + datetime.timedelta(hours=hours), issuer.not_valid_after)  # no proxy outlives its issuer
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject).serial_number(serial)
            .public_key(x509.load_pem_x509_csr(request.encode()).public_key())
            .not_valid_before(now - datetime.timedelta(minutes=5)).not_valid_after(end)
            .add_extension(usage, critical=True)
            .add_extension(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.5.5.7.1.14"), LIMITED), critical=True)
            .sign(key, hashes.SHA256()))
    begin, stop = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----\n"
    chain = [begin + part.split(stop)[0] + stop for part in pem.decode().split(begin)[1:]]
    return cert.public_bytes(serialization.Encoding.PEM).decode() + "".join(chain)


http = requests.Session()
http.trust_env = False  # this grid, not the web of the environment
http.cert, http.verify = os.environ["X509_USER_PROXY"], os.environ["CA"]
site = zeep.Client(url + "/bes?wsdl", transport=zeep.Transport(session=http)).bind("BESService", "DelegationPort")
try:
    new = site.getNewProxyReq()
    site.putProxy(delegationID=new.delegationID, proxy=sign(new.proxyRequest))
except zeep.exceptions.Fault as fault:
    sys.exit(f"not delegated: {fault.message}")
print(new.delegationID)
