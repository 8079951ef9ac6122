import { readFileSync } from "node:fs";
import { Detector, loadDetector } from "@amface/align";
import { BatchMaker } from "../packages/align/examples/train-detector/batch-maker.ts";
import { FaceBox } from "../packages/align/examples/train-detector/face-box.ts";
import { detectorModel, detectorWeights } from "../packages/align/src/detector-nets.ts";
const l=JSON.parse(readFileSync("/tmp/det/run1/work/labels.json","utf8"));
const ref=await loadDetector("/work/shared/data/weights");
const load=(i:number)=>{try{return JSON.parse(readFileSync(`/tmp/det/run1/work/part-${i}.json`,"utf8"))}catch{return undefined}};
const parts=[load(1)??load(0),load(2),load(3)];
const models=(["pnet","rnet","onet"] as const).map((n,i)=>detectorModel(n,(name,s)=>parts[i]?Float32Array.from(parts[i][name]):new Float32Array(s.reduce((a,b)=>a*b))));
const ours=new Detector(models as any,"",1);
const only=process.argv[2].split(",");
for(const [net,side,mining,win] of [["pnet",12,1,64],["rnet",24,1,32],["onet",48,2,16]] as const){ if(!only.includes(net))continue;
 const maker=new BatchMaker({photos:l.photos,box:new FaceBox(l.coefficients)},ref);
 const acc={} as any;
 for(let b=0;b<12;b++){const B=await maker.make({net,mining,canvases:16,windows:win,seed:99},b);const n=B.labels.length,px=3*side*side;
  for(const [who,d] of [["ours",ours],["ref",ref]] as const){const a=acc[who]??={tp:0,p:0,fp:0,n:0,off:0,offn:0,pt:0,ptn:0,scores:[]};
   for(let i=0;i<n;i++){const x=B.pixels.subarray(i*px,(i+1)*px).slice();
    const o=net==="pnet"?d.propose(x,12,12).map:net==="rnet"?d.refine(x,1):d.output(x,1);
    const s=1/(1+Math.exp(o[0]-o[1]));
    if(B.labelWeights[i]){a.scores.push([s,B.labels[i]]);}
    if(B.offsetWeights[i]&&B.labels[i]){a.offn++;for(let k=0;k<4;k++)a.off+=Math.abs(o[2+k]-B.offsets[i*4+k])/4;}
    if(net==="onet"&&B.pointWeights[i]===1){a.ptn++;for(let k=0;k<10;k++)a.pt+=Math.abs(o[6+k]-B.points[i*10+k])/10;}
   }}}
 for(const who of ["ours","ref"]){const a=acc[who];const pos=a.scores.filter((s:any)=>s[1]).map((s:any)=>s[0]),neg=a.scores.filter((s:any)=>!s[1]).map((s:any)=>s[0]);
  const rate=(v:number[],t:number)=>(v.filter(x=>x>t).length/v.length*100).toFixed(1);
  const sorted=[...pos].sort((x,y)=>x-y);const at=(q:number)=>sorted[Math.floor(q*sorted.length)];
  console.log(net,who,"recall@.6/.7",rate(pos,.6),rate(pos,.7),"false",rate(neg,.6),rate(neg,.7),"false at recall 95/98:",rate(neg,at(.05)),rate(neg,at(.02)),"offset",(a.off/a.offn).toFixed(4),"point",(a.pt/a.ptn).toFixed(4),pos.length,neg.length);}
}
process.exit(0)
