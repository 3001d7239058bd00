#!/bin/sh
# JAX-WS (the reference implementation) against a gatekeeper.
# Classes are made from the WSDL as it is served, compiled, and used over mutual TLS with a proxy.
[ -n "$URL" ] || exec "$SRC/tests/lib/serve-gate" alice -- "$0"
. "$SRC/tests/lib/tap.sh"
jars=/usr/share/java
[ -e "$jars/jaxws-tools.jar" ] && command -v javac >/dev/null || skip_all "there is no JAX-WS"

tls="-Djavax.net.ssl.trustStore=ca.p12 -Djavax.net.ssl.trustStorePassword=changeit -Djavax.net.ssl.keyStore=me.p12
    -Djavax.net.ssl.keyStorePassword=changeit -Djavax.net.ssl.keyStoreType=PKCS12"
with="$jars/jaxws-tools.jar:$jars/jaxws-rt.jar"
ok 'the proxy and the CA in a form that Java reads' '
    openssl pkcs12 -export -in "$PROXY_alice" -out me.p12 -passout pass:changeit -name me &&
    keytool -importcert -noprompt -alias ca -file "$CA" -keystore ca.p12 -storetype PKCS12 -storepass changeit
'
# shellcheck disable=SC2086
ok 'wsimport makes classes of the served WSDL' '
    mkdir stubs && java $tls -cp "$with" com.sun.tools.ws.WsImport -Xnocompile -s stubs "$URL/bes?wsdl"
'
ok 'they compile' '
    find stubs -name "*.java" >files && javac -nowarn -d classes -cp "$with" @files "$SRC/tests/interop/JaxwsBes.java"
'
# shellcheck disable=SC2086
ok 'jobs, faults and delegation by them' '
    java $tls -cp "classes:$with" JaxwsBes "$URL" >said 2>&1; rc=$?; sed "s/^/# /" said; [ "$rc" = 0 ]
'
done_testing
