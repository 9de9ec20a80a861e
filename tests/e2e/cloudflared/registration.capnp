# What cloudflared says to the edge on its control stream: who it is, then that it leaves. A wire interface: ids and the
# numbers of fields and methods must be Cloudflare's, whatever else may be left out here is.
# https://github.com/cloudflare/cloudflared/blob/2026.7.2/tunnelrpc/proto/tunnelrpc.capnp
@0xe3a1c6f0b7d94b25;

struct Auth {
  accountTag @0 :Text;
  tunnelSecret @1 :Data;
}

struct Client {
  id @0 :Data;
  features @1 :List(Text);
  version @2 :Text;
  arch @3 :Text;
}

struct Options {
  client @0 :Client;
}

struct Refusal {
  cause @0 :Text;
  retryAfterNanoseconds @1 :Int64;
  shouldRetry @2 :Bool;
}

struct Details {
  uuid @0 :Data;
  locationName @1 :Text;
  remotelyManaged @2 :Bool;
}

struct Response {
  result :union {
    refusal @0 :Refusal;
    details @1 :Details;
  }
}

interface Registration @0xf71695ec7fe85497 {
  register @0 (auth :Auth, tunnel :Data, index :UInt8, options :Options) -> (result :Response);
  unregister @1 ();
  tell @2 (config :Data) -> ();
}
