//! The files in `deploy/`: they agree with each other and with the service.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot continue fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

const COMPOSE: &str = include_str!("../deploy/compose.yaml");
const KUBERNETES: &str = include_str!("../deploy/kubernetes.yaml");
const DOCKERFILE: &str = include_str!("../deploy/Dockerfile");
const MAIN: &str = include_str!("../src/main.rs");
const TIMEOUT: Duration = Duration::from_secs(120);

fn compose() -> Yaml {
    YamlLoader::load_from_str(COMPOSE).unwrap().remove(0)
}

/// Returns the manifest of a kind with a name.
fn manifest(kind: &str, name: &str) -> Yaml {
    let manifests = YamlLoader::load_from_str(KUBERNETES).unwrap();
    let mut manifests = manifests.into_iter();
    let found = manifests.find(|manifest| {
        manifest["kind"].as_str() == Some(kind)
            && manifest["metadata"]["name"].as_str() == Some(name)
    });
    found.unwrap()
}

fn chat_container() -> Yaml {
    manifest("Deployment", "chat")["spec"]["template"]["spec"]["containers"][0].clone()
}

/// Returns the environment variables of the service, by the file that sets them.
fn environments() -> BTreeMap<&'static str, BTreeSet<String>> {
    let compose = compose();
    let environment = compose["services"]["chat-1"]["environment"]
        .as_hash()
        .unwrap();
    let in_compose = environment
        .keys()
        .map(|name| name.as_str().unwrap().to_owned());
    let container = chat_container();
    let environment = container["env"].as_vec().unwrap();
    let in_kubernetes = environment
        .iter()
        .map(|variable| variable["name"].as_str().unwrap().to_owned());
    BTreeMap::from([
        ("compose", in_compose.collect()),
        ("kubernetes", in_kubernetes.collect()),
    ])
}

/// Returns the port in the `ENTRYPOINT` of the Dockerfile.
fn port() -> i64 {
    let entry = DOCKERFILE
        .lines()
        .find_map(|line| line.strip_prefix("ENTRYPOINT "));
    let words: Vec<String> = serde_json::from_str(entry.unwrap()).unwrap();
    assert_eq!(words[0], "chat-service");
    words[1].parse().unwrap()
}

#[test]
fn the_service_reads_the_variables() {
    for (file, names) in environments() {
        assert!(names.contains("SEGMENT_WRITE_KEY"), "{file}");
        for name in names {
            // `Tracker::from_env` reads the write key.
            let is_read = name == "SEGMENT_WRITE_KEY" || MAIN.contains(&format!("var(\"{name}\")"));
            assert!(is_read, "{file}: {name}");
        }
    }
}

#[test]
fn the_files_agree() {
    let port = port();
    let compose = compose();
    let chat = &compose["services"]["chat-1"];
    let context = chat["build"]["context"].as_str().unwrap();
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let dockerfile = chat["build"]["dockerfile"].as_str().unwrap();
    let dockerfile = deploy.join(context).join(dockerfile);
    assert_eq!(std::fs::read_to_string(dockerfile).unwrap(), DOCKERFILE);
    for service in ["chat-1", "chat-2"] {
        let published = compose["services"][service]["ports"][0].as_str().unwrap();
        assert!(published.ends_with(&format!(":{port}")), "{published}");
    }
    let container = chat_container();
    assert_eq!(container["ports"][0]["containerPort"].as_i64(), Some(port));
    assert_eq!(
        container["readinessProbe"]["httpGet"]["port"].as_i64(),
        Some(port)
    );
    let service = manifest("Service", "chat");
    assert_eq!(
        service["spec"]["ports"][0]["targetPort"].as_i64(),
        Some(port)
    );
    // The Dockerfile describes how to build the image.
    let image = container["image"].as_str().unwrap();
    let name = image.split(':').next().unwrap();
    assert!(DOCKERFILE.contains(&format!("-t {name} ")), "{name}");
    let stateful = manifest("StatefulSet", "redis");
    let redis = &stateful["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(redis["image"], compose["services"]["redis"]["image"]);
    // The hosts in the URLs are services.
    let url = chat["environment"]["REDIS_URL"].as_str().unwrap();
    assert_eq!(url, "redis://redis:6379");
    let redis_service = manifest("Service", "redis");
    assert_eq!(
        redis_service["spec"]["ports"][0]["port"].as_i64(),
        Some(6379)
    );
    let variables = container["env"].as_vec().unwrap();
    let same = |variable: &&Yaml| variable["name"].as_str() == Some("REDIS_URL");
    let in_kubernetes = variables.iter().find(same).unwrap();
    assert_eq!(in_kubernetes["value"].as_str(), Some(url));
}

#[test]
fn the_grace_periods_are_longer_than_the_shutdown() {
    let (_, shutdown) = MAIN.split_once("shutdown(Duration::from_secs(").unwrap();
    let shutdown: i64 = shutdown.split(')').next().unwrap().parse().unwrap();
    let compose = compose();
    let grace = compose["services"]["chat-1"]["stop_grace_period"]
        .as_str()
        .unwrap();
    let grace: i64 = grace.trim_end_matches('s').parse().unwrap();
    assert!(grace > shutdown);
    let deployment = manifest("Deployment", "chat");
    let spec = &deployment["spec"]["template"]["spec"];
    assert!(spec["terminationGracePeriodSeconds"].as_i64().unwrap() > shutdown);
}

/// A process that is killed when the value is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts redis-server with arguments from a file. Returns `None` if it is not installed.
fn start_redis(directory: &TempDir, args: &[String]) -> Option<(Process, u16)> {
    let version = Command::new("redis-server").arg("--version").output();
    if version.is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "redis-server is not installed"
        );
        println!("skipped: redis-server is not installed");
        return None;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let process = Command::new("redis-server")
        .args(args)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"])
        .arg(directory.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let process = Process(process);
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(start.elapsed() < TIMEOUT, "redis-server does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    Some((process, port))
}

/// Returns the status line of the service's answer to the readiness probe.
fn probe(redis: u16) -> String {
    let container = chat_container();
    let path = container["readinessProbe"]["httpGet"]["path"]
        .as_str()
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat-service"));
    command.arg("0").env_clear().stdout(Stdio::piped());
    for name in &environments()["kubernetes"] {
        let value = match name.as_str() {
            "SEGMENT_WRITE_KEY" => "key".to_owned(),
            "REDIS_URL" => format!("redis://127.0.0.1:{redis}"),
            "HOST" => "127.0.0.1".to_owned(),
            _ => panic!("{name} is unknown"),
        };
        command.env(name, value);
    }
    // The tracker sends nothing, but must not reach beyond this machine.
    command.env("COPILOT_TRACK_ENDPOINT", "http://127.0.0.1:9");
    let mut process = Process(command.spawn().unwrap());
    let mut output = BufReader::new(process.0.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let address = line.trim_end().rsplit('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[test]
fn the_service_starts_with_the_servers_of_the_files() {
    let directory = TempDir::new().unwrap();
    let compose = compose();
    let command = compose["services"]["redis"]["command"].as_str().unwrap();
    let in_compose = command.split(' ').skip(1).map(str::to_owned).collect();
    let configuration = manifest("ConfigMap", "redis");
    let configuration = configuration["data"]["redis.conf"].as_str().unwrap();
    let file = directory.path().join("redis.conf");
    std::fs::write(&file, configuration).unwrap();
    let in_kubernetes = vec![file.to_str().unwrap().to_owned()];
    for args in [in_compose, in_kubernetes] {
        // The service refuses a server that evicts keys.
        let Some((_redis, port)) = start_redis(&directory, &args) else {
            return;
        };
        assert_eq!(probe(port), "HTTP/1.1 200 OK");
    }
}
