# tests/lib/grid.sh - a throwaway grid for tests: CA, credentials of every kind,
# grid-mapfile, daemons.  POSIX sh; source it after tap.sh.
#
#   grid_ca DIR                    CA and host credential, with the further subjectAltNames $GRID_NAMES
#   grid_host DIR CN               another host credential, in place of the first
#   grid_user DIR NAME CN          user certificate and a full proxy
#   grid_proxy DIR NAME KIND [OUT] a proxy of KIND, see there
#   grid_deep DIR NAME N           a proxy of a proxy ..., N of them: DIR/proxy/NAME.N.pem
#   grid_map DIR NAME ACCOUNT      a line in DIR/grid-mapfile
#   grid_conf DIR                  DIR/gatehouse.conf: its security section
#   grid_account [N]               a local account for a user: sets ACCOUNT
#   grid_env DIR [NAME]            X509_* for commands and for Globus' programs
#   grid_dn DIR NAME               the user's name
#   grid_alice DIR                 all of these: alice, her ACCOUNT, her environment; or the test ends
#   grid_folder DIR                a folder that is ACCOUNT's
#   dialog LINES...                one conversation with our data daemon at PORT, see run-dialog; its files are in ./d
#   start_daemon NAME args...      $BIN/NAME -F args; sets PORT, PID, LOG
#   grid_port                      a free port for a daemon that will restart
#   grid_data [option...]          all of it in ./ca: alice, her ACCOUNT, and our data daemon
#   stop_daemon PID [SIGNAL]       and wait for its end
#   grid_busy PID, grid_alone PID  the processes of the data daemon that serve somebody; whether there is none
#   wait_log FILE EVENT [COUNT]    until EVENT was logged COUNT times
#   valid_now FILE                 whether GLUE from the index in FILE holds now
#   wait_until COMMAND...          until it succeeds
#   stopped PID                    whether it has stopped itself at a test point; the file says so a moment earlier
#   gates NAME...                  FIFOs for jobs of any account: "read x <NAME" waits for let_go NAME,
#                                  "echo >NAME" for heard NAME
#
# DIR/certificates/              trust directory: HASH.0 .signing_policy .r0
# DIR/hostcert.pem hostkey.pem   localhost, 127.0.0.1, ::1, this host's names
# DIR/NAMEcert.pem NAMEkey.pem   the user
# DIR/proxy/NAME.pem             leaf, key, issuers: for X509_USER_PROXY
# DIR/keys/                      FILE.pem and FILE.key of whom they are made for, what openssl leaves
#
# Everything waited for has one deadline in seconds, for a machine that hangs.
: "${GRID_DEADLINE:=120}"
GRID_BASE=/O=Grid/OU=Test
grid_ee='basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment'
grid_pids=

grid_openssl() { openssl "$@" 2>>"${grid_log:-/dev/null}"; }

# Keys are P-256, made in no time.  Globus' programs cannot make proxies of such
# credentials, so neither delegate: GRID_KEY=rsa:2048 before grid_ca for those.
grid_key() { # FILE
    (umask 077
    case ${GRID_KEY:-ec} in
    rsa:*) grid_openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${GRID_KEY#rsa:}" -out "$1" ||
            grid_openssl genrsa -out "$1" "${GRID_KEY#rsa:}" ;;
    *) grid_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
    esac)
}

# grid_sign OUT.pem KEY SUBJECT ISSUER EXTENSIONS [DAYS | START END]: a certificate
# by ISSUER.pem and ISSUER.key, its serial number a random one.
grid_sign() {
    printf '[ext]\n%s\n' "$5" >"$1.ext"
    grid_openssl req -new -batch -key "$2" -subj "$3" -out "$1.csr" || return
    if [ $# -lt 7 ]; then
        grid_openssl x509 -req -sha256 -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" \
            -days "${6:-30}" -extfile "$1.ext" -extensions ext -out "$1"
    else # openssl x509 takes no dates before 3.4
        rm -rf "$1.ca"
        mkdir "$1.ca" && : >"$1.ca/index"
        printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$1.ca/index" "new_certs_dir=$1.ca" rand_serial=yes \
            default_md=sha256 policy=p unique_subject=no '[p]' domainComponent=optional \
            organizationName=optional organizationalUnitName=optional commonName=optional >"$1.ca/cnf"
        grid_openssl ca -batch -notext -preserveDN -config "$1.ca/cnf" -cert "$4.pem" -keyfile "$4.key" \
            -extfile "$1.ext" -extensions ext -startdate "$6" -enddate "$7" -in "$1.csr" -out "$1" >>"$grid_log"
    fi
}

# grid_new_ca DIR FILE CN: another CA, DIR/keys/FILE.pem and .key, trusted by nobody yet.
grid_new_ca() {
    grid_key "$1/keys/$2.key" &&
    grid_openssl req -x509 -batch -sha256 -days 3650 -key "$1/keys/$2.key" -subj "$GRID_BASE/CN=$3" \
        -addext keyUsage=critical,keyCertSign,cRLSign -out "$1/keys/$2.pem"
}

# grid_trust DIR FILE [PATTERN...]: put DIR/keys/FILE.pem in the trust directory, to sign what PATTERNs name.
grid_trust() {
    grid_dir=$1 grid_ca_file=$1/keys/$2.pem
    shift 2
    grid_hash=$(openssl x509 -in "$grid_ca_file" -noout -subject_hash)
    {
        printf "access_id_CA   X509    '%s'\n" "$(grid_subject "$grid_ca_file")"
        printf "pos_rights     globus  CA:sign\ncond_subjects  globus  '"
        for grid_pattern in "${@:-$GRID_BASE/*}"; do printf '"%s" ' "$grid_pattern"; done
        printf "'\n"
    } >"$grid_dir/certificates/$grid_hash.signing_policy"
    cp "$grid_ca_file" "$grid_dir/certificates/$grid_hash.0"
}

# grid_crl DIR FILE [SERIAL...]: a fresh revocation list of the CA keys/FILE with those serials in hex.
grid_crl() {
    grid_dir=$1 grid_file=$2
    shift 2
    : >"$grid_dir/keys/crlindex"
    for grid_hex in "$@"; do
        printf 'R\t351231235959Z\t%s\t%s\tunknown\t/CN=revoked\n' "$(date -u +%y%m%d%H%M%SZ)" "$grid_hex"
    done >>"$grid_dir/keys/crlindex"
    printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$grid_dir/keys/crlindex" default_md=sha256 >"$grid_dir/keys/crl.cnf"
    grid_hash=$(openssl x509 -in "$grid_dir/keys/$grid_file.pem" -noout -subject_hash)
    grid_openssl ca -gencrl -config "$grid_dir/keys/crl.cnf" -cert "$grid_dir/keys/$grid_file.pem" \
        -keyfile "$grid_dir/keys/$grid_file.key" ${GRID_CRL_DATES:--crldays 3650} -out "$grid_dir/keys/crl.new" &&
    mv "$grid_dir/keys/crl.new" "$grid_dir/certificates/$grid_hash.r0"
}

grid_subject() { # FILE: its name in /-form
    openssl x509 -in "$1" -noout -subject -nameopt compat | sed 's/^subject= *//'
}

grid_ca() { # DIR
    mkdir -p "$1/certificates" "$1/proxy" "$1/keys"
    grid_log=$1/keys/log
    chmod 755 "$1" "$1/certificates"
    # daemons that leave root, and the accounts of a test, must get at it
    [ "$(id -u)" != 0 ] || [ -z "$SCRATCH" ] || chmod 755 "$SCRATCH"
    grid_fqdn=$(hostname -f 2>/dev/null || hostname)
    grid_new_ca "$1" ca 'Test CA' && grid_trust "$1" ca && grid_crl "$1" ca &&
    grid_host "$1" localhost && : >"$1/grid-mapfile" &&
    chmod 644 "$1/grid-mapfile" "$1"/certificates/*
}

# grid_host DIR CN: a credential of this host, new key and certificate, in place of the one that there is.
grid_host() {
    grid_key "$1/keys/host.key" &&
    grid_sign "$1/keys/host.pem" "$1/keys/host.key" "$GRID_BASE/CN=$2" "$1/keys/ca" "$grid_ee
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:localhost,DNS:$grid_fqdn,DNS:$(hostname),IP:127.0.0.1,IP:::1${GRID_NAMES:+,$GRID_NAMES}" &&
    cp "$1/keys/host.pem" "$1/keys/hostcert.new" && chmod 644 "$1/keys/hostcert.new" &&
    mv "$1/keys/host.key" "$1/hostkey.pem" && mv "$1/keys/hostcert.new" "$1/hostcert.pem"
}

# grid_eec DIR FILE SUBJECT CA: DIR/keys/FILE.pem and .key, an end entity of the CA keys/CA.
grid_eec() {
    grid_key "$1/keys/$2.key" && grid_sign "$1/keys/$2.pem" "$1/keys/$2.key" "$3" "$1/keys/$4" "$grid_ee"
}

grid_user() { # DIR NAME CN
    grid_eec "$1" "$2" "$GRID_BASE/CN=$3" ca &&
    cp "$1/keys/$2.pem" "$1/${2}cert.pem" && cp "$1/keys/$2.key" "$1/${2}key.pem" &&
    chmod 644 "$1/${2}cert.pem" && grid_proxy "$1" "$2" full "$1/proxy/$2.pem"
}

grid_dn() { grid_subject "$1/${2}cert.pem"; }

# grid_below DIR FILE CN EXTENSIONS ISSUER [DAYS | START END]: the proxy keys/FILE.pem by keys/ISSUER.
grid_below() {
    grid_key "$1/keys/$2.key" &&
    grid_sign "$1/keys/$2.pem" "$1/keys/$2.key" "$(grid_subject "$1/keys/$5.pem")/CN=$3" "$1/keys/$5" "$4" "${6:-2}" ${7+"$7"}
}

grid_pci() { # LANGUAGE [PATHLEN]
    printf 'keyUsage=critical,digitalSignature,keyEncipherment\nproxyCertInfo=critical,language:%s%s\n' "$1" "${2:+,pathlen:$2}"
}

# grid_proxy DIR NAME KIND [OUT]: a proxy of the user NAME, in DIR/proxy/NAME-KIND.pem unless OUT.
#   accepted: full, two (a proxy of a proxy), limited
#   no rights of the user's: independent
#   refused: expired, future (not valid yet), untrusted (unknown CA), forged (CA of the same name, other key), revoked, selfsigned,
#     badpolicy (outside the signing policy), legacy (GT2), full-below-limited, language (unknown policy)
#   stranger: accepted, a name that no map holds
grid_proxy() {
    grid_p=$2-$3 grid_out=${4:-$1/proxy/$2-$3.pem} grid_all=$(grid_pci id-ppl-inheritAll) grid_up=$2
    grid_name=$(grid_subject "$1/keys/$2.pem")
    case $3 in
    full)        grid_below "$1" "$grid_p" 1001 "$grid_all" "$2" ;;
    limited)     grid_below "$1" "$grid_p" 1002 "$(grid_pci 1.3.6.1.4.1.3536.1.1.1.9)" "$2" ;;
    independent) grid_below "$1" "$grid_p" 1003 "$(grid_pci id-ppl-independent)" "$2" ;;
    language)    grid_below "$1" "$grid_p" 1004 "$(grid_pci 1.2.3.4.5)" "$2" ;;
    expired)     grid_below "$1" "$grid_p" 1005 "$grid_all" "$2" 20200101000000Z 20200102000000Z ;;
    future)      grid_below "$1" "$grid_p" 1009 "$grid_all" "$2" 20400101000000Z 20400102000000Z ;;
    legacy)      grid_below "$1" "$grid_p" proxy "$grid_ee" "$2" ;;
    two | full-below-limited)
        grid_up="$grid_p.up $2"
        grid_below "$1" "$grid_p.up" 1006 "$(grid_pci "$(case $3 in two) echo id-ppl-inheritAll ;;
            *) echo 1.3.6.1.4.1.3536.1.1.1.9 ;; esac)")" "$2" 3 &&
        grid_below "$1" "$grid_p" 1007 "$grid_all" "$grid_p.up" ;;
    *)  grid_up=$grid_p.eec
        case $3 in
        untrusted) grid_new_ca "$1" other 'Some Other CA' && grid_eec "$1" "$grid_up" "$grid_name" other ;;
        forged)    grid_new_ca "$1" evil 'Test CA' && grid_eec "$1" "$grid_up" "$grid_name" evil ;;
        stranger)  grid_eec "$1" "$grid_up" "$GRID_BASE/CN=Stranger" ca ;;
        badpolicy) grid_eec "$1" "$grid_up" "/O=Elsewhere/CN=Somebody" ca ;;
        revoked)   grid_eec "$1" "$grid_up" "$grid_name" ca &&
            grid_crl "$1" ca "$(openssl x509 -in "$1/keys/$grid_up.pem" -noout -serial | cut -d= -f2)" ;;
        selfsigned) grid_key "$1/keys/$grid_up.key" &&
            grid_openssl req -x509 -batch -days 2 -key "$1/keys/$grid_up.key" -subj "$grid_name" \
                -addext "$(echo "$grid_ee" | head -1)" -out "$1/keys/$grid_up.pem" ;;
        *) echo "grid_proxy: no kind '$3'" >&2; return 64 ;;
        esac && grid_below "$1" "$grid_p" 1008 "$grid_all" "$grid_up" ;;
    esac || return
    (umask 077; {
        cat "$1/keys/$grid_p.pem" "$1/keys/$grid_p.key"
        for grid_c in $grid_up; do cat "$1/keys/$grid_c.pem"; done
    } >"$grid_out.new" && mv "$grid_out.new" "$grid_out")
}

# grid_deep DIR NAME N: a proxy of a proxy ... of the user NAME, N of them, in DIR/proxy/NAME.N.pem.
grid_deep() {
    grid_up=$2 grid_all=$2 grid_i=0
    grid_from=$(date -u -d '-1 hour' +%Y%m%d%H%M%SZ) grid_to=$(date -u -d '+1 day' +%Y%m%d%H%M%SZ)
    while [ $((grid_i += 1)) -le "$3" ]; do
        grid_below "$1" "$2.$3.$grid_i" $((2000 + grid_i)) "$(grid_pci id-ppl-inheritAll)" "$grid_up" "$grid_from" "$grid_to" ||
            return
        grid_up=$2.$3.$grid_i
        [ "$grid_i" = "$3" ] || grid_all="$grid_up $grid_all"
    done
    (umask 077; {
        cat "$1/keys/$grid_up.pem" "$1/keys/$grid_up.key"
        for grid_c in $grid_all; do cat "$1/keys/$grid_c.pem"; done
    } >"$1/proxy/$2.$3.pem")
}

grid_map() { # DIR NAME ACCOUNT
    printf '"%s" %s\n' "$(grid_dn "$1" "$2")" "$3" >>"$1/grid-mapfile"
}

# Oneself; or as root a throwaway account whose home lies in the scratch
# directory, gone with the test.
grid_account() { # [N]
    ACCOUNT=$(id -un)
    [ "$(id -u)" = 0 ] || return 0
    ACCOUNT=gt$$x${1-}
    chmod 755 "$SCRATCH"
    # useradd fails while another holds the lock
    wait_until useradd -d "$SCRATCH/$ACCOUNT" -m -k /dev/null -s /bin/sh "$ACCOUNT" &&
    cleanup "wait_until userdel $ACCOUNT"
}

# An ordinary person maps to himself, whatever his uid; as root the unprivileged
# processes are GRID_ACCOUNT's.
grid_conf() { # DIR
    {
        echo '[security]'
        echo "certificates = $1/certificates"
        echo "host_cert = $1/hostcert.pem"
        echo "host_key = $1/hostkey.pem"
        echo "gridmap = $1/grid-mapfile"
        [ "$(id -u)" = 0 ] || [ "$(id -u)" -ge 1000 ] || echo "min_uid = $(id -u)"
        [ "$(id -u)" != 0 ] || echo "account = ${GRID_ACCOUNT:-nobody}"
    } >"$1/gatehouse.conf"
}

grid_env() { # DIR [NAME]
    export X509_CERT_DIR="$1/certificates" GRIDMAP="$1/grid-mapfile"
    unset X509_USER_PROXY X509_USER_CERT X509_USER_KEY
    [ -z "$2" ] || export X509_USER_PROXY="$1/proxy/$2.pem"
}

wait_until() { # COMMAND...
    grid_end=$(($(date +%s) + GRID_DEADLINE))
    until "$@"; do
        [ "$(date +%s)" -lt "$grid_end" ] || { echo "waited $GRID_DEADLINE s in vain: $*"; return 1; }
        sleep 0.05
    done
}

stopped() { [ "$(sed -n 's/^State:[^A-Za-z]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)" = T ]; }

gates() { mkfifo -m 666 "$@"; }
let_go() { timeout "$GRID_DEADLINE" sh -c 'echo >"$1"' sh "$1"; }
heard() { timeout "$GRID_DEADLINE" cat "$1"; }

grid_logged() { # FILE EVENT COUNT
    grid_count=$(grep -cE " $(echo "$2" | sed 's/\./\\./g')( |\$)" "$1" 2>/dev/null)
    [ "${grid_count:-0}" -ge "$3" ]
}

# valid_now FILE: whether what a query of the index wrote there, one element of GLUE, holds at this moment by its own word.
valid_now() {
    grid_created=$(sed -n 's/.* CreationTime="\([^"]*\)".*/\1/p' "$1" | head -1)
    grid_validity=$(sed -n 's/.* Validity="\([0-9]*\)".*/\1/p' "$1" | head -1)
    [ -n "$grid_validity" ] && [ "$(date +%s)" -le $(($(date -d "$grid_created" +%s) + grid_validity)) ] ||
        { echo "from $grid_created for $grid_validity s; it is $(date -u +%FT%TZ)"; return 1; }
}

wait_log() { # FILE EVENT [COUNT]
    wait_until grid_logged "$1" "$2" "${3:-1}" || { cat "$1"; return 1; }
}

grid_ready() { # LOG PID
    grid_logged "$1" daemon.ready 1 || ! kill -0 "$2" 2>/dev/null
}

# NAME may be a path.  Its log is ./NAME.log (.2.log for a second one); PORT is that of the first address in its
# ready line, and stays known as NAME_PORT, its pid as NAME_PID.
start_daemon() {
    grid_program=$1
    case $1 in */*) ;; *) grid_program=$BIN/$1 ;; esac
    grid_name=$(basename "$1")
    shift
    LOG=$PWD/$grid_name.log
    grid_i=1
    while [ -e "$LOG" ]; do
        grid_i=$((grid_i + 1))
        LOG=$PWD/$grid_name.$grid_i.log
    done
    "$grid_program" -F "$@" >"$LOG" 2>&1 &
    PID=$!
    grid_pids="$grid_pids $PID"
    [ "$grid_pids" != " $PID" ] || cleanup grid_end_daemons
    wait_until grid_ready "$LOG" "$PID"
    if ! grid_logged "$LOG" daemon.ready 1; then
        echo "$grid_name did not start:"
        cat "$LOG"
        return 1
    fi
    PORT=$(sed -n 's/.* daemon\.ready .*listen="\{0,1\}[^" ]*:\([0-9][0-9]*\).*/\1/p' "$LOG" | head -1)
    eval "$(echo "$grid_name" | tr -c 'a-zA-Z0-9\n' _)_PORT=\$PORT $(echo "$grid_name" | tr -c 'a-zA-Z0-9\n' _)_PID=\$PID"
}

# A port of the loopback that stays ours over a restart: none of those that the
# kernel gives to whoever connects.
grid_port() {
    perl -MIO::Socket::INET -e 'open my $f, "<", "/proc/sys/net/ipv4/ip_local_port_range"; my ($low) = split " ", <$f>;
        1 until $p = int($low / 3 + rand($low * 2 / 3)) and IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => $p);
        print "$p\n"'
}

# The processes of the data daemon PID that serve somebody, not those that wait for a connection.
grid_busy() { # PID
    for grid_p in $(pgrep -P "$1"); do
        grid_comm=$(cat "/proc/$grid_p/comm" 2>/dev/null)
        case $grid_comm in '' | gridftp-ready) ;; *) echo "$grid_p" ;; esac
    done
}
grid_alone() { [ -z "$(grid_busy "$1")" ]; }

# What most tests begin with; without it there is nothing to test.
grid_alice() { # DIR
    umask 022
    grid_ca "$1" && grid_account && grid_user "$1" alice Alice && grid_map "$1" alice "$ACCOUNT" &&
        grid_conf "$1" && grid_env "$1" alice || { echo "Bail out! no grid"; exit 1; }
}

grid_folder() { # DIR
    mkdir "$1" && { [ "$(id -u)" != 0 ] || chown "$ACCOUNT" "$1"; }
}

dialog() { # LINES...
    { echo "test it"; printf '%s\n' "$@"; } >d.ftpt
    DIR=$PWD/d "$SRC/tests/lib/run-dialog" "127.0.0.1:$PORT" d.ftpt
}

grid_data() { # [option...]
    [ -x "$BIN/gridftp" ] || skip_all "gridftp is not built"
    grid_alice "$PWD/ca"
    start_daemon gridftp -c "$PWD/ca/gatehouse.conf" -o gridftp.listen=127.0.0.1:0 "$@" || { echo "Bail out! no grid"; exit 1; }
    U=gsiftp://localhost:$PORT
}

stop_daemon() { # PID [SIGNAL]
    kill "-${2:-TERM}" "$1" || return
    wait "$1"
    echo "ended with $?"
    grid_pids=$(printf ' %s ' "$grid_pids" | sed "s/ $1 / /; s/ *$//")
}

grid_end_daemons() {
    for grid_pid in $grid_pids; do kill "$grid_pid" 2>/dev/null; done
    for grid_pid in $grid_pids; do wait "$grid_pid" 2>/dev/null; done
}
