namespace UnifiedMsg.Interop.WebSockets;

/// <summary>
/// A page that is a phone: SIP over a WebSocket (RFC 7118) in a few lines, the call's audio by the browser itself (WebRTC). It speaks a
/// file some time after the way is found and keys are agreed on, and hangs up after it. What happens goes to the console.
/// </summary>
internal static class BrowserPage
{
    /// <summary>The caller.</summary>
    public const string Caller = "5550104";

    /// <summary>What it writes when the call is over, before how many packets it heard and how much sound was in them.</summary>
    public const string Over = "CALL OVER";

    /// <summary>What it writes when it was refused, or anything else went wrong.</summary>
    public const string Failed = "CALL FAILED";

    /// <summary>The page.</summary>
    /// <param name="server">The WebSocket to dial through.</param>
    /// <param name="wav">What it says.</param>
    /// <param name="before">How long it listens first.</param>
    public static string For(string server, byte[] wav, TimeSpan before) => $$"""
        <!doctype html><title>phone</title><script>
        const me = '{{Caller}}', host = 'page4711.invalid', to = 'sip:1001@example.test';
        const sleep = ms => new Promise(done => setTimeout(done, ms));
        const message = (method, branch, cseq, tag, body) => [
          `${method} ${to} SIP/2.0`, `Via: SIP/2.0/WSS ${host};branch=z9hG4bK${branch}`, 'Max-Forwards: 70',
          `From: <sip:${me}@example.test>;tag=page`, `To: <${to}>${tag ? ';tag=' + tag : ''}`, 'Call-ID: page', `CSeq: ${cseq} ${method}`,
          `Contact: <sip:${me}@${host};transport=ws>`, ...(body ? ['Content-Type: application/sdp'] : []), `Content-Length: ${body.length}`, '', body].join('\r\n');
        const answered = socket => new Promise((done, failed) => {
          socket.onmessage = event => {
            const status = +event.data.slice(8, 11);
            if (status >= 300) failed(event.data.split('\r\n')[0]);
            if (status >= 200) done({ tag: /\r\nTo:.*;tag=([^;\r]+)/.exec(event.data)[1], body: event.data.split('\r\n\r\n')[1] });
          };
        });
        const heard = async peer => {
          for (const report of (await peer.getStats()).values())
            if (report.type === 'inbound-rtp') return `${report.packetsReceived} packets, energy ${report.totalAudioEnergy > 0.0001 ? 'some' : 'none'}`;
          return 'nothing';
        };
        const call = async () => {
          const socket = new WebSocket('{{server}}', 'sip');
          await new Promise((done, failed) => { socket.onopen = done; socket.onerror = () => failed('no WebSocket'); });
          const context = new AudioContext();
          const octets = Uint8Array.from(atob('{{Convert.ToBase64String(wav)}}'), c => c.charCodeAt(0));
          const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(octets.buffer) });
          const microphone = context.createMediaStreamDestination();
          source.connect(microphone);
          const peer = new RTCPeerConnection();
          const line = peer.addTransceiver(microphone.stream.getAudioTracks()[0], { direction: 'sendrecv' });
          line.setCodecPreferences(RTCRtpReceiver.getCapabilities('audio').codecs.filter(codec => codec.mimeType === 'audio/PCMU'));
          // Sound is decoded, and so counted, only where somebody plays it.
          peer.ontrack = event => { const player = new Audio(); player.srcObject = event.streams[0] ?? new MediaStream([event.track]); player.play(); };
          await peer.setLocalDescription();
          socket.send(message('INVITE', '1', 1, '', peer.localDescription.sdp));
          const answer = await answered(socket);
          socket.send(message('ACK', '2', 1, answer.tag, ''));
          await peer.setRemoteDescription({ type: 'answer', sdp: answer.body });
          while (peer.connectionState !== 'connected') {
            if (peer.connectionState === 'failed') throw 'no way or no keys';
            await sleep(20);
          }
          await sleep({{(int)before.TotalMilliseconds}});
          const spoken = new Promise(done => source.onended = done);
          source.start();
          await spoken;
          await sleep(1000);
          const figures = await heard(peer);
          socket.send(message('BYE', '3', 2, answer.tag, ''));
          await answered(socket);
          console.log('{{Over}}: ' + figures);
        };
        call().catch(reason => console.log('{{Failed}}: ' + reason));
        </script>
        """;
}
